#include <algorithm>
#include <memory>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/file.hpp"

#include "io/event_readers.hpp"
#include "io/limited_pool.hpp"

namespace toyfarm::io {
namespace {

class ParquetFile {
 public:
  ParquetFile(std::string const& file, arrow::MemoryPool& pool) : file_(file) {
    auto const input = value(arrow::io::ReadableFile::Open(file, &pool));
    parquet::arrow::FileReaderBuilder builder;
    require(builder.Open(input, parquet::ReaderProperties(&pool)));
    auto properties = parquet::default_arrow_reader_properties();
    // Reading ahead is done by threads of Arrow's, which still hold memory of the pool when a read
    // has ended.
    properties.set_pre_buffer(false);
    // A dictionary stays one: written out, many rows may be of one long text.
    auto const& columns = *builder.raw_reader()->metadata()->schema();
    for (int i = 0; i < columns.num_columns(); ++i) {
      properties.set_read_dictionary(i, columns.Column(i)->path()->ToDotString() == channel_column);
    }
    builder.memory_pool(&pool)->properties(properties);
    require(builder.Build(&reader_));
    reader_->set_use_threads(
        false);  // Arrow's own pool would count neither as our threads nor obey the binding.
  }

  [[nodiscard]] std::int64_t n_rows() const { return metadata().num_rows(); }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (int i = 0; i < schema().num_columns(); ++i) {
      names.push_back(schema().Column(i)->path()->ToDotString());
    }
    return names;
  }

  /// Refuses a name that two columns have: CSV does as well, and HDF5 cannot have them.
  [[nodiscard]] bool has(std::string const& name) const {
    auto const leaves = names();
    auto const& root = *schema().group_node();
    std::ptrdiff_t n_fields = 0;
    for (int i = 0; i < root.field_count(); ++i) {
      n_fields += root.field(i)->name() == name ? 1 : 0;
    }
    if (std::max(n_fields, std::ranges::count(leaves, name)) > 1) {
      throw core::DataError(file_, "column '" + name + "' occurs twice");
    }
    return schema().ColumnIndex(name) >= 0;
  }

  /// Values that the row groups say the column has.
  [[nodiscard]] std::uint64_t n_values(std::string const& name) const {
    int const index = schema().ColumnIndex(name);
    std::uint64_t n = 0;
    for (int group = 0; group < metadata().num_row_groups(); ++group) {
      auto const in_group = metadata().RowGroup(group)->ColumnChunk(index)->num_values();
      n += static_cast<std::uint64_t>(std::max<std::int64_t>(in_group, 0));
    }
    return n;
  }

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

 private:
  [[nodiscard]] parquet::FileMetaData const& metadata() const {
    return *reader_->parquet_reader()->metadata();
  }
  [[nodiscard]] parquet::SchemaDescriptor const& schema() const { return *metadata().schema(); }

  void require(arrow::Status const& status) const {
    if (!status.ok()) {
      throw core::DataError(file_, "Parquet: " + status.message());
    }
  }
  template <class T>
  T value(arrow::Result<T> result) const {
    require(result.status());
    return std::move(result).ValueUnsafe();
  }

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
  auto const append_if = [&]<class Type>(Type const&) {
    if (chunk.type_id() != Type::type_id) {
      return false;
    }
    append_as_doubles<typename arrow::TypeTraits<Type>::ArrayType>(chunk, column);
    return true;
  };
  return append_if(arrow::DoubleType()) || append_if(arrow::FloatType()) ||
         append_if(arrow::Int8Type()) || append_if(arrow::Int16Type()) ||
         append_if(arrow::Int32Type()) || append_if(arrow::Int64Type()) ||
         append_if(arrow::UInt8Type()) || append_if(arrow::UInt16Type()) ||
         append_if(arrow::UInt32Type()) || append_if(arrow::UInt64Type());
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

Labels read_labels(ParquetFile const& parquet, std::string const& file, ReadLimit const& limit) {
  Labels labels;
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
      labels.add(label(words, coded != nullptr ? coded->GetValueIndex(i) : i));
    }
    labels.require(limit);
  });
  return labels;
}

/// Refuses what is too much before any of it is unpacked.
void check_room(ParquetFile const& parquet,
                std::vector<std::string> const& columns,
                ReadLimit const& limit) {
  auto n_rows = static_cast<std::uint64_t>(std::max<std::int64_t>(parquet.n_rows(), 0));
  for (auto const& name : columns) {
    n_rows = std::max(n_rows, parquet.n_values(name));
  }
  require_room(limit, n_rows, columns.size());
}

RawEvents read_columns(EventRequest const& request, ReadLimit const& limit, LimitedPool& pool) {
  auto const file = request.path.string();
  ParquetFile const parquet(file, pool);
  std::vector<std::string> names;
  for (auto const& column : request.columns) {
    if (!parquet.has(column.name)) {
      throw core::DataError(file, missing_column(column.name, parquet.names()));
    }
    names.push_back(column.name);
  }
  bool const has_weights = parquet.has(weight_column);
  if (has_weights) {
    names.emplace_back(weight_column);
  }
  check_room(parquet, names, limit);
  RawEvents events;
  events.n_rows = static_cast<std::uint64_t>(parquet.n_rows());
  for (auto const& column : request.columns) {
    events.columns.push_back(read_numbers(parquet, file, column.name));
  }
  if (has_weights) {
    events.weights = read_numbers(parquet, file, weight_column);
  }
  events.has_labels = parquet.has(channel_column);
  if (events.has_labels && request.channel) {
    check_room(parquet, {channel_column}, limit);
    events.labels = read_labels(parquet, file, limit);
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
  os::require_regular_file(request.path);
  ReadLimit const limit(request.path, request.max_rows);
  LimitedPool pool(limit.bytes());
  try {
    return read_columns(request, limit, pool);
  } catch (std::exception const& error) {  // parquet reports damage by exceptions of its own
    if (pool.was_exceeded()) {
      limit.refuse("a page or column of it");
    }
    auto const* const ours = dynamic_cast<core::Error const*>(&error);
    if (ours != nullptr || dynamic_cast<std::bad_alloc const*>(&error) != nullptr) {
      throw;
    }
    throw core::DataError(request.path.string(), std::string("Parquet: ") + error.what());
  }
}

}  // namespace toyfarm::io
