#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Pictures as SVG: a frame with ticks inside on all sides, labels at the ends of axes, and what is
// drawn in it. Colours are classes of one style sheet, so that a page can be dark.
namespace toyfarm::report {

enum class Scale { linear, logarithmic };

struct Axis {
  double low = 0;
  double high = 1;
  std::string label{};
  Scale scale = Scale::linear;
  /// Where ticks are and what stands beside them; none: at round numbers.
  std::vector<std::pair<double, std::string>> ticks{};
};

/// An axis that holds `low` to `high` and a little more on both sides.
[[nodiscard]] Axis axis_around(double low, double high, std::string label);
/// An axis of counts: from 0, with room above `high` for what is written there.
[[nodiscard]] Axis axis_from_zero(double high, std::string label, double room = 1.4);

/// Where an axis of round numbers has ticks, and what stands at them.
struct Ticks {
  std::vector<std::pair<double, std::string>> major;
  std::vector<double> minor;
  int power = 0;  ///< of ten that the texts are to be multiplied by
};
[[nodiscard]] Ticks ticks_of(Axis const& axis, std::size_t about);

/// Sizes in the picture's own unit, a pixel where it is not scaled.
struct PlotSize {
  double width = 360, height = 264;
  double left = 52, right = 14, top = 12, bottom = 44;
};

struct Point {
  double x = 0, y = 0;
};
struct ErrorPoint {
  double x = 0, y = 0;
  double x_low = 0, x_high = 0, y_low = 0, y_high = 0;  ///< lengths of error bars; 0: none
};
struct BandPoint {
  double x = 0, low = 0, high = 0;
};

/// What a class of the style sheet is for.
namespace style {
inline constexpr std::string_view data = "data";
inline constexpr std::string_view fit = "fit";
inline constexpr std::string_view other = "other";
inline constexpr std::string_view truth = "truth";
inline constexpr std::string_view inner = "inner";  ///< bands of one sigma
inline constexpr std::string_view outer = "outer";  ///< of two
inline constexpr std::string_view plus = "plus";
inline constexpr std::string_view minus = "minus";
}  // namespace style

/// A picture, as the inside of an svg element.
struct Picture {
  double width = 0, height = 0;
  std::string title;
  std::string body;
};
/// For a page, which has the style sheet.
[[nodiscard]] std::string inline_svg(Picture const& picture);
/// A file of its own: white, with the style sheet.
[[nodiscard]] std::string svg_file(Picture const& picture);
/// The style sheet's rules for classes of pictures, and those that a dark page has besides.
[[nodiscard]] std::string_view light_style();
[[nodiscard]] std::string_view dark_style();

/// One frame and what is in it. Nothing that is drawn leaves the frame: lines are cut there, points
/// beyond it left out.
class Plot {
 public:
  Plot(Axis x, Axis y, PlotSize const& size = {});

  /// Places in the picture.
  [[nodiscard]] double x(double value) const;
  [[nodiscard]] double y(double value) const;

  void curve(std::span<Point const> points, std::string_view style);
  void dashes(std::span<Point const> points, std::string_view style);
  void points(std::span<ErrorPoint const> points, std::string_view style);
  /// Circles with an empty middle, for what is not complete.
  void hollow(std::span<Point const> points, std::string_view style);
  void band(std::span<BandPoint const> points, std::string_view style);
  void rectangle(Point a, Point b, std::string_view style, double opacity = 1);
  void vertical(double at, std::string_view style);
  void horizontal(double at, std::string_view style);
  /// Text with its middle at a point.
  void text(Point at, std::string_view words, double size = 10);

  enum class Mark { points, line, dashes, area };
  struct Entry {
    std::string text;
    std::string_view style;
    Mark mark = Mark::line;
  };
  /// At the upper left, inside.
  void legend(std::vector<Entry> const& entries);
  /// Lines at the upper right, inside.
  void note(std::vector<std::string> const& lines);

  [[nodiscard]] Picture picture(std::string title) const;

 private:
  struct Segment {
    Point a, b;
    bool is_visible;
  };
  [[nodiscard]] Segment cut(Point a, Point b) const;
  [[nodiscard]] bool is_inside(Point at) const;
  [[nodiscard]] double right() const { return size_.width - size_.right; }
  [[nodiscard]] double bottom() const { return size_.height - size_.bottom; }
  void circle(Point at, double radius, std::string_view style, std::string_view kind);
  void stroke(std::span<Point const> points, std::string_view style, std::string_view kind);
  void line(Point a, Point b, std::string_view style, std::string_view kind);
  [[nodiscard]] std::string frame() const;
  [[nodiscard]] std::string horizontal_axis(std::string& marks) const;
  [[nodiscard]] std::string vertical_axis(std::string& marks) const;

  Axis x_, y_;
  PlotSize size_;
  std::string body_;
};

/// Two pictures of one height side by side, as one.
[[nodiscard]] Picture beside(Picture const& left, Picture const& right, std::string title);
/// A line of text by itself.
[[nodiscard]] Picture text_line(std::string_view words, double width, double size);
/// Several pictures below one another as one.
[[nodiscard]] Picture stacked(std::vector<Picture> const& pictures, std::string title);

}  // namespace toyfarm::report
