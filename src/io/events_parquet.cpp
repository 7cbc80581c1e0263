#include <memory>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>

#include "toyfarm/core/error.hpp"

#include "io/event_readers.hpp"
#include "io/file_checks.hpp"

namespace toyfarm::io {
namespace {

class ParquetFile {
 public:
  explicit ParquetFile(std::string const& file) : file_(file) {
    auto const input = value(arrow::io::ReadableFile::Open(file));
    reader_ = value(parquet::arrow::OpenFile(input, arrow::default_memory_pool()));
    reader_->set_use_threads(
        false);  // Arrow's own pool would count neither as our threads nor obey the binding.
  }

  [[nodiscard]] parquet::SchemaDescriptor const& schema() const {
    return *reader_->parquet_reader()->metadata()->schema();
  }

  [[nodiscard]] std::int64_t n_rows() const {
    return reader_->parquet_reader()->metadata()->num_rows();
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (int i = 0; i < schema().num_columns(); ++i) {
      names.push_back(schema().Column(i)->path()->ToDotString());
    }
    return names;
  }

  [[nodiscard]] bool has(std::string const& name) const { return schema().ColumnIndex(name) >= 0; }

  /// Chunks of one column, row group by row group; one column is in memory at a time.
  template <class Visit>
  void each_chunk(std::string const& name, Visit const& visit) const {
    int const index = schema().ColumnIndex(name);
    for (int group = 0; group < reader_->num_row_groups(); ++group) {
      auto const table = value(reader_->ReadRowGroup(group, {index}));
      for (auto const& chunk : table->column(0)->chunks()) {
        visit(*chunk);
      }
    }
  }

  template <class T>
  T value(arrow::Result<T> result) const {
    if (!result.ok()) {
      throw core::DataError(file_, "Parquet: " + result.status().message());
    }
    return std::move(result).ValueUnsafe();
  }

 private:
  std::string file_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
};

template <class Array>
void append_as_doubles(arrow::Array const& chunk, core::Column& column) {
  auto const& values = static_cast<Array const&>(chunk);
  for (std::int64_t i = 0; i < values.length(); ++i) {
    column.push_back(static_cast<double>(values.Value(i)));
  }
}

/// False for a type that is not a number.
bool append_numbers(arrow::Array const& chunk, core::Column& column) {
  switch (chunk.type_id()) {
    case arrow::Type::DOUBLE:
      append_as_doubles<arrow::DoubleArray>(chunk, column);
      return true;
    case arrow::Type::FLOAT:
      append_as_doubles<arrow::FloatArray>(chunk, column);
      return true;
    case arrow::Type::INT8:
      append_as_doubles<arrow::Int8Array>(chunk, column);
      return true;
    case arrow::Type::INT16:
      append_as_doubles<arrow::Int16Array>(chunk, column);
      return true;
    case arrow::Type::INT32:
      append_as_doubles<arrow::Int32Array>(chunk, column);
      return true;
    case arrow::Type::INT64:
      append_as_doubles<arrow::Int64Array>(chunk, column);
      return true;
    case arrow::Type::UINT8:
      append_as_doubles<arrow::UInt8Array>(chunk, column);
      return true;
    case arrow::Type::UINT16:
      append_as_doubles<arrow::UInt16Array>(chunk, column);
      return true;
    case arrow::Type::UINT32:
      append_as_doubles<arrow::UInt32Array>(chunk, column);
      return true;
    case arrow::Type::UINT64:
      append_as_doubles<arrow::UInt64Array>(chunk, column);
      return true;
    default:
      return false;
  }
}

void refuse_nulls(std::string const& file,
                  std::string const& name,
                  arrow::Array const& chunk,
                  std::uint64_t rows_before) {
  if (chunk.null_count() == 0) {
    return;
  }
  for (std::int64_t i = 0; i < chunk.length(); ++i) {
    if (chunk.IsNull(i)) {
      throw core::DataError(
          file, place(name, rows_before + static_cast<std::uint64_t>(i)) + "the value is null");
    }
  }
}

core::Column read_numbers(ParquetFile const& parquet,
                          std::string const& file,
                          std::string const& name) {
  core::Column column;
  parquet.each_chunk(name, [&](arrow::Array const& chunk) {
    refuse_nulls(file, name, chunk, column.size());
    if (!append_numbers(chunk, column)) {
      throw core::DataError(
          file,
          "column '" + name + "' has type " + chunk.type()->ToString() + ", expected numbers");
    }
  });
  return column;
}

std::string_view label(arrow::Array const& words, std::int64_t i) {
  return words.type_id() == arrow::Type::STRING
             ? static_cast<arrow::StringArray const&>(words).GetView(i)
             : static_cast<arrow::LargeStringArray const&>(words).GetView(i);
}

bool is_text(arrow::Array const& array) {
  return array.type_id() == arrow::Type::STRING || array.type_id() == arrow::Type::LARGE_STRING;
}

std::vector<std::string> read_labels(ParquetFile const& parquet, std::string const& file) {
  std::vector<std::string> labels;
  parquet.each_chunk(channel_column, [&](arrow::Array const& chunk) {
    refuse_nulls(file, channel_column, chunk, labels.size());
    auto const* const coded = chunk.type_id() == arrow::Type::DICTIONARY
                                  ? static_cast<arrow::DictionaryArray const*>(&chunk)
                                  : nullptr;
    auto const& words = coded != nullptr ? *coded->dictionary() : chunk;
    if (!is_text(words)) {
      throw core::DataError(file,
                            "column '" + std::string(channel_column) + "' has type " +
                                chunk.type()->ToString() + ", expected text");
    }
    for (std::int64_t i = 0; i < chunk.length(); ++i) {
      labels.emplace_back(label(words, coded != nullptr ? coded->GetValueIndex(i) : i));
    }
  });
  return labels;
}

RawEvents read_columns(EventRequest const& request) {
  auto const file = request.path.string();
  ParquetFile const parquet(file);
  RawEvents events;
  events.n_rows = static_cast<std::uint64_t>(parquet.n_rows());
  for (auto const& column : request.columns) {
    if (!parquet.has(column.name)) {
      throw core::DataError(file, missing_column(column.name, parquet.names()));
    }
    events.columns.push_back(read_numbers(parquet, file, column.name));
  }
  if (parquet.has(weight_column)) {
    events.weights = read_numbers(parquet, file, weight_column);
  }
  events.has_labels = parquet.has(channel_column);
  if (events.has_labels && request.channel) {
    events.labels = read_labels(parquet, file);
  }
  // A damaged footer can promise other numbers of rows than the pages hold.
  bool whole = (!events.weights || events.weights->size() == events.n_rows) &&
               (!events.labels || events.labels->size() == events.n_rows);
  for (auto const& column : events.columns) {
    whole = whole && column.size() == events.n_rows;
  }
  if (!whole) {
    throw core::DataError(
        file, "columns and footer disagree about the number of rows; the file is damaged");
  }
  return events;
}

}  // namespace

RawEvents read_parquet(EventRequest const& request) {
  require_regular_file(request.path);
  try {
    return read_columns(request);
  } catch (core::Error const&) {
    throw;
  } catch (std::bad_alloc const&) {
    throw;
  } catch (std::exception const& error) {  // parquet reports damage by exceptions of its own
    throw core::DataError(request.path.string(), std::string("Parquet: ") + error.what());
  }
}

}  // namespace toyfarm::io
