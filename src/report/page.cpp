#include "toyfarm/report/page.hpp"

#include <cctype>
#include <set>

#include <fmt/core.h>

#include "toyfarm/report/markup.hpp"

namespace toyfarm::report {
namespace {

constexpr std::string_view page_style =
    ":root{color-scheme:light dark}"
    "body{font:15px/1.45 Helvetica,Arial,'Liberation "
    "Sans',sans-serif;color:#1a1a1a;background:#fff;"
    "max-width:1240px;margin:0 auto;padding:12px 16px 40px;overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;margin:.4em 0}h2{font-size:1.2rem;margin:1.6em 0 .5em;padding-top:.5em;"
    "border-top:1px solid #ccc}p{margin:.5em 0}"
    ".warning{border-left:4px solid #c8452f;padding:.1em .7em}"
    ".facts{display:grid;grid-template-columns:minmax(7em,max-content) 1fr;gap:.15em "
    "1em;margin:.5em 0}"
    ".facts dt{color:#555}.facts dd{margin:0}"
    ".figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,345px),1fr));gap:"
    "14px}"
    "figure{margin:0;max-width:440px;break-inside:avoid}figure "
    "svg{display:block;width:100%;height:auto}"
    "figcaption{font-size:.85rem}figcaption b{display:block}"
    ".table{overflow-x:auto;margin:.6em 0}table{border-collapse:collapse;font-size:.85rem}"
    "th,td{padding:.2em .7em;text-align:right;white-space:nowrap;border-bottom:1px solid "
    "#e2e2e2;overflow-wrap:break-word}td:first-child,td.long{overflow-wrap:anywhere}"
    "th:first-child,td:first-child{text-align:left;white-space:normal;min-width:8em}"
    "th{border-bottom:1px solid #888;vertical-align:bottom}"
    "pre{font-size:.8rem;white-space:pre-wrap;background:#f5f5f5;padding:.7em;margin:.4em 0}"
    "details{margin:.5em 0}summary{cursor:pointer;color:#1f5fa8;font-size:.9rem}"
    "figure details{margin:.1em 0}figure summary{font-size:.75rem}"
    "footer{margin-top:2.5em;font-size:.8rem;color:#555}";

constexpr std::string_view dark_page =
    "body{color:#e8e8e8;background:#16181c}h2{border-color:#444}.facts dt,footer{color:#aab}"
    "th,td{border-color:#33363c}th{border-color:#888}pre{background:#22252b}summary{color:#7db4ff}";

constexpr std::string_view printed =
    "body{max-width:none;padding:0;font-size:10pt}.figures{grid-template-columns:repeat(2,1fr)}"
    ".table{overflow:visible}th,td{white-space:normal;padding:.15em "
    ".4em}table{font-size:8pt}figure "
    "summary{display:none}"
    "h2{break-after:avoid}tr{break-inside:avoid}";

std::string style_sheet() {
  std::string text(page_style);
  text += light_style();
  text.append("@media screen and (prefers-color-scheme:dark){")
      .append(dark_page)
      .append(dark_style())
      .append("}");
  return text.append("@media print{").append(printed).append("}");
}

/// Every line of a text, escaped by itself.
std::string lines_of(std::string_view text) {
  constexpr std::size_t max_lines = 400;
  constexpr std::size_t max_chars = 2000;
  std::string out;
  for (std::size_t n = 0; !text.empty(); ++n) {
    if (n == max_lines) {
      return out + "…";
    }
    auto const end = text.find('\n');
    out += escaped(text.substr(0, end), max_chars) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string table_html(Table const& table) {
  std::string text = "<div class=\"table\"><table>\n<tr>";
  for (auto const& words : table.head) {
    text += "<th>" + escaped(words) + "</th>";
  }
  text += "</tr>\n";
  for (auto const& row : table.rows) {
    text += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      constexpr std::size_t most_unbroken = 40;
      text += row[i].size() > most_unbroken ? "<td class=\"long\">" : "<td>";
      text += escaped(row[i], i == 0 ? 60 : 200) + "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

std::string figure_html(Figure const& figure) {
  return "<figure id=\"" + escaped(figure.key) + "\">\n<figcaption><b>" +
         escaped(figure.title, 120) + "</b>" + escaped(figure.caption) + "</figcaption>\n" +
         inline_svg(figure.picture) + "<script type=\"application/json\" class=\"numbers\">" +
         figure.numbers + "</script>\n<details><summary>numbers</summary><pre>" +
         escaped(figure.numbers, 20'000) + "</pre></details>\n</figure>\n";
}

std::string figures_html(std::vector<Figure> const& figures) {
  std::string text = "<div class=\"figures\">\n";
  for (auto const& figure : figures) {
    text += figure_html(figure);
  }
  return text + "</div>\n";
}

std::string section_html(Section const& section) {
  auto text = "<section>\n<h2>" + escaped(section.title, 120) + "</h2>\n";
  for (auto const& words : section.warnings) {
    text += "<p class=\"warning\">" + escaped(words, 1000) + "</p>\n";
  }
  for (auto const& words : section.paragraphs) {
    text += "<p>" + escaped(words, 1000) + "</p>\n";
  }
  if (!section.facts.empty()) {
    text += "<dl class=\"facts\">\n";
    for (auto const& [name, value] : section.facts) {
      text += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value, 1000) + "</dd>\n";
    }
    text += "</dl>\n";
  }
  for (auto const& table : section.tables) {
    text += table_html(table);
  }
  text += section.figures.empty() ? "" : figures_html(section.figures);
  if (!section.more.empty()) {
    text += fmt::format("<details><summary>{} more figures</summary>\n", section.more.size()) +
            figures_html(section.more) + "</details>\n";
  }
  for (auto const& folded : section.folded) {
    text += "<details><summary>" + escaped(folded.title) + "</summary><pre>" +
            lines_of(folded.text) + "</pre></details>\n";
  }
  return text + "</section>\n";
}

/// Two parameters' names may differ in what a file's name cannot have.
Page with_unique_keys(Page page) {
  std::set<std::string> taken;
  for (auto& section : page.sections) {
    for (auto* figures : {&section.figures, &section.more}) {
      for (auto& figure : *figures) {
        auto const key = figure.key;
        for (int n = 2; !taken.insert(figure.key).second; ++n) {
          figure.key = key + "_" + std::to_string(n);
        }
      }
    }
  }
  return page;
}

}  // namespace

std::string file_key(std::string const& words) {
  std::string key;
  for (char const c : words.substr(0, 40)) {
    auto const byte = static_cast<unsigned char>(c);
    key += byte < 0x80 && std::isalnum(byte) != 0 ? c : '_';
  }
  return key;
}

std::string html(Page const& page) {
  std::string text =
      "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta "
      "charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"/>\n<title>" +
      escaped(page.title, 120) + "</title>\n<style>" + style_sheet() +
      "</style>\n</head>\n<body>\n<h1>" + escaped(page.title, 120) + "</h1>\n";
  for (auto const& section : with_unique_keys(page).sections) {
    text += section_html(section);
  }
  return text + "<footer>" + escaped(page.foot, 1000) + "</footer>\n</body>\n</html>\n";
}

std::vector<std::pair<std::string, std::string>> svg_files(Page const& page) {
  std::vector<std::pair<std::string, std::string>> files;
  for (auto const& section : with_unique_keys(page).sections) {
    for (auto const* figures : {&section.figures, &section.more}) {
      for (auto const& figure : *figures) {
        files.emplace_back(figure.key + ".svg", svg_file(figure.picture));
      }
    }
  }
  return files;
}

}  // namespace toyfarm::report
