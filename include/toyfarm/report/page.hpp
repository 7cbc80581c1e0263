#pragma once
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/report/plot.hpp"

// Pages of results: one HTML file that needs nothing else, is XML as well, and prints. All words
// are those of whoever wrote them; the page escapes them.
namespace toyfarm::report {

struct Figure {
  std::string key;  ///< a file's name without its ending: see file_key
  std::string title;
  std::string caption;
  Picture picture;
  std::string numbers;  ///< what it shows, as JSON
};

/// `words` as part of a file's name: other characters than letters, digits and '_' are '_'; at most
/// 40.
[[nodiscard]] std::string file_key(std::string const& words);

/// The first column is words, the others are numbers.
struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

/// What can be unfolded: a text as it is, line by line.
struct Folded {
  std::string title;
  std::string text;
};

struct Section {
  std::string title;
  std::vector<std::string> paragraphs{};
  std::vector<std::string> warnings{};
  std::vector<std::pair<std::string, std::string>> facts{};
  std::vector<Table> tables{};
  std::vector<Figure> figures{};
  std::vector<Figure> more{};  ///< figures that are folded away
  std::vector<Folded> folded{};
};

struct Page {
  std::string title;
  std::string foot;
  std::vector<Section> sections;
};
[[nodiscard]] std::string html(Page const& page);

/// All figures of a page as files: name and text. Names are unique.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> svg_files(Page const& page);

}  // namespace toyfarm::report
