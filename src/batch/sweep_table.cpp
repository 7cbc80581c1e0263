#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

#include "toyfarm/batch/sweep.hpp"

#include "batch/sweep_rows.hpp"

namespace toyfarm::batch {
namespace {

std::string text_of(std::optional<double> value, char const* format) {
  return value ? formatted(format, *value) : "-";
}

std::string text_of(std::optional<std::uint64_t> value) {
  return value ? std::to_string(*value) : "-";
}

std::string or_dash(std::uint64_t n) {
  return n > 0 ? std::to_string(n) : "-";
}

/// Words of one row; those of times and rates are marked where shards are missing from them.
std::vector<std::string> cells_of(SweepRow const& row, bool has_ranks) {
  std::string const mark = row.is_whole() ? "" : "*";
  auto const marked = [&mark](std::optional<double> value, char const* format) {
    return value ? text_of(value, format) + mark : "-";
  };
  auto const counted = [&row](std::uint64_t MergedCounts::*member) {
    return row.merged ? std::optional((*row.merged).*member) : std::nullopt;
  };
  std::vector<std::string> cells{std::to_string(row.entry.shards),
                                 std::to_string(row.n_ok) + "/" + std::to_string(row.n_shards),
                                 marked(row.wall, "%.2fs"),
                                 marked(row.throughput(), "%.3f toys/s"),
                                 text_of(counted(&MergedCounts::n_converged)),
                                 text_of(counted(&MergedCounts::n_error)),
                                 row.entry.directory.string()};
  if (has_ranks) {
    cells.insert(cells.end(), {or_dash(row.entry.ranks), or_dash(row.entry.threads)});
  }
  auto const efficiency = row.efficiency();
  cells.insert(cells.end(),
               {std::to_string(row.n_done) + "/" + std::to_string(row.n_toys),
                text_of(row.wait, "%.2fs"),
                marked(row.busy, "%.2fs"),
                or_dash(row.at_once),
                marked(efficiency ? std::optional(100 * *efficiency) : std::nullopt, "%.1f%%"),
                marked(row.median, "%.2fs"),
                marked(row.longest, "%.2fs")});
  return cells;
}

std::vector<std::string> titles(bool has_ranks) {
  std::vector<std::string> words{
      "Shards", "ok/total", "Makespan", "Throughput", "n_converged", "n_error", "Run dir"};
  if (has_ranks) {
    words.insert(words.end(), {"Ranks", "Threads"});
  }
  words.insert(words.end(),
               {"Toys done",
                "Waited in queue",
                "Busy",
                "At once",
                "Efficiency",
                "Median shard",
                "Longest shard"});
  return words;
}

std::string words_of_threads(Sweep const& sweep) {
  bool const each_has_its_own =
      std::ranges::any_of(sweep.runs, [](SweepEntry const& entry) { return entry.threads > 0; });
  return each_has_its_own ? "as listed" : sweep.threads.empty() ? "cores of a job" : sweep.threads;
}

std::string line_of(std::vector<std::string> const& cells) {
  std::string line = "|";
  for (auto const& cell : cells) {
    line += " ";
    for (char const c : cell) {
      line += c == '|' ? std::string("\\|") : std::string(1, c);
    }
    line += " |";
  }
  return line + "\n";
}

std::string csv_cell(std::string const& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (char const c : text) {
    quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  }
  return quoted + "\"";
}

}  // namespace

std::string formatted(char const* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

void sort_rows(std::vector<SweepRow>& rows) {
  std::ranges::stable_sort(rows, {}, [](SweepRow const& row) {
    return std::tuple(row.entry.shards, row.entry.ranks, row.entry.threads);
  });
}

bool have_ranks(std::vector<SweepRow> const& rows) {
  return std::ranges::any_of(rows, [](SweepRow const& row) { return row.entry.ranks > 0; });
}

std::string sweep_markdown(Sweep const& sweep, std::vector<SweepRow> rows) {
  sort_rows(rows);
  bool const has_ranks = have_ranks(rows);
  auto const head = titles(has_ranks);
  std::string text = "# Sweep " + sweep.sweep_id + "\n\n- sweep_id: `" + sweep.sweep_id +
                     "`\n- scheduler: `" + std::string(core::word_of(sweep.scheduler)) +
                     "`\n- config: `" + sweep.config + "`\n- n_toys: `" +
                     std::to_string(sweep.n_toys) + "`\n- seed: `" + std::to_string(sweep.seed) +
                     "`\n- threads: `" + words_of_threads(sweep) + "`\n\n" + line_of(head) + "|";
  for (std::size_t i = 0; i < head.size(); ++i) {
    text += "---:|";
  }
  text += "\n";
  for (auto const& row : rows) {
    text += line_of(cells_of(row, has_ranks));
  }
  text +=
      "\nMakespan: from the first start of a shard to the last end. Throughput: toys done / "
      "makespan. Busy: sum over shards. At once: most shards that ran at a time. Efficiency: busy "
      "/ (makespan x at once).\n";
  if (std::ranges::any_of(rows, [](SweepRow const& row) { return !row.is_whole(); })) {
    text +=
        "\n\\* Not complete: times and rates are of the shards that are, and cannot be compared "
        "with other rows.\n";
  }
  return text;
}

std::string sweep_csv(std::vector<SweepRow> rows) {
  sort_rows(rows);
  std::string text =
      "shards,ranks,threads,n_ok,n_shards,n_toys,n_done,complete,wall_s,throughput_toys_per_s,"
      "wait_s,busy_s,at_once,efficiency,median_shard_s,longest_shard_s,n_converged,n_error,"
      "run_dir\n";
  auto const number = [](std::optional<double> value) {
    return value ? formatted("%.6f", *value) : "";
  };
  for (auto const& row : rows) {
    for (auto const n : {row.entry.shards,
                         row.entry.ranks,
                         row.entry.threads,
                         row.n_ok,
                         row.n_shards,
                         row.n_toys,
                         row.n_done}) {
      text += std::to_string(n) + ",";
    }
    text += row.is_whole() ? "true," : "false,";
    for (auto const& value : {row.wall, row.throughput(), row.wait, row.busy}) {
      text += number(value) + ",";
    }
    text += std::to_string(row.at_once) + ",";
    for (auto const& value : {row.efficiency(), row.median, row.longest}) {
      text += number(value) + ",";
    }
    text += row.merged ? std::to_string(row.merged->n_converged) + "," +
                             std::to_string(row.merged->n_error) + ","
                       : ",,";
    text += csv_cell(row.entry.directory.string()) + "\n";
  }
  return text;
}

}  // namespace toyfarm::batch
