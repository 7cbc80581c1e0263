#include <algorithm>

#include <fmt/core.h>

#include "toyfarm/report/markup.hpp"
#include "toyfarm/report/plot.hpp"

#include "report/plot_text.hpp"

namespace toyfarm::report {
namespace {

std::string opening(Picture const& picture, std::string_view size) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 {0} {1}\" {2} "
      "role=\"img\">\n<title>{3}</title>\n",
      picture.width,
      picture.height,
      size,
      escaped(picture.title));
}

}  // namespace

std::string_view light_style() {
  return ".plot{font-family:Helvetica,Arial,'Liberation Sans',sans-serif}"
         ".plot text{fill:#1a1a1a}.plot .back{fill:#fff;fill-opacity:.75}"
         ".plot .area{shape-rendering:crispEdges}"
         ".plot .frame{stroke:#1a1a1a;stroke-width:1}"
         ".plot .line{stroke-width:1.8}.plot .bar{stroke-width:1.1}"
         ".plot .mark{stroke-width:1.2;stroke-dasharray:5 3}"
         ".plot .ring{stroke-width:1.4}"
         ".plot .data{stroke:#1a1a1a;fill:#1a1a1a}.plot .fit{stroke:#1f5fa8;fill:#1f5fa8}"
         ".plot .other{stroke:#b3541e;fill:#b3541e}.plot .truth{stroke:#7a3e9d;fill:#7a3e9d}"
         ".plot .inner{stroke:#4fae57;fill:#7ccb82}.plot .outer{stroke:#d9b92c;fill:#f3dd74}"
         ".plot .plus{stroke:#c8452f;fill:#d9604b}.plot .minus{stroke:#2f6fc8;fill:#5b93dd}"
         ".plot path.frame,.plot path.line,.plot path.mark,.plot circle.ring{fill:none}"
         ".plot rect.area,.plot path.area{stroke:none}";
}

std::string_view dark_style() {
  return ".plot text{fill:#e8e8e8}.plot .back{fill:#16181c}.plot .frame{stroke:#d8d8d8}"
         ".plot .data{stroke:#f2f2f2;fill:#f2f2f2}.plot .fit{stroke:#7db4ff;fill:#7db4ff}"
         ".plot .other{stroke:#ffa866;fill:#ffa866}.plot .truth{stroke:#d5a6f2;fill:#d5a6f2}"
         ".plot .inner{stroke:#3f9a48;fill:#2f7d37}.plot .outer{stroke:#a8901f;fill:#8a7718}"
         ".plot .plus{stroke:#ef7f6c;fill:#d9604b}.plot .minus{stroke:#7fb0f2;fill:#4a86d6}";
}

std::string inline_svg(Picture const& picture) {
  return opening(picture, "") + picture.body + "</svg>\n";
}

std::string svg_file(Picture const& picture) {
  return opening(picture,
                 fmt::format("width=\"{}\" height=\"{}\"", picture.width, picture.height)) +
         "<style>" + std::string(light_style()) +
         "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" + picture.body +
         "</svg>\n";
}

Picture beside(Picture const& left, Picture const& right, std::string title) {
  return {left.width + right.width,
          std::max(left.height, right.height),
          std::move(title),
          left.body + fmt::format("<g transform=\"translate({:.1f} 0)\">\n", left.width) +
              right.body + "</g>\n"};
}

Picture text_line(std::string_view words, double width, double size) {
  constexpr double margin = 14;
  auto const shown = fitting(words, width - 2 * margin, size);
  return {width, 2 * size, "", text_at(margin, 1.4 * size, "", shown, size)};
}

Picture stacked(std::vector<Picture> const& pictures, std::string title) {
  Picture all;
  all.title = std::move(title);
  for (auto const& picture : pictures) {
    all.body += fmt::format("<g transform=\"translate(0 {:.1f})\">\n", all.height) + picture.body +
                "</g>\n";
    all.height += picture.height;
    all.width = std::max(all.width, picture.width);
  }
  return all;
}

}  // namespace toyfarm::report
