package rocketrides.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An SVG with lines over named places on the x axis. The y axis is logarithmic and covers whole decades. */
final class Plot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 400;
    private static final int MARGIN = 70;
    private static final List<String> COLOURS = List.of("#1b6ca8", "#c8553d", "#4f7942", "#7d5ba6");

    private final String title;
    private final String unit;
    private final List<String> places;
    private final Map<String, List<Double>> series = new LinkedHashMap<>();

    Plot(String title, String unit, List<String> places) {
        this.title = title;
        this.unit = unit;
        this.places = places;
    }

    Plot line(String name, List<Double> values) {
        series.put(name, values);
        return this;
    }

    void write(Path file) throws IOException {
        double low = Math.floor(Math.log10(extreme(true)));
        double high = Math.max(low + 1, Math.ceil(Math.log10(extreme(false))));
        var svg = new StringBuilder(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + WIDTH + " " + HEIGHT
                        + "\" font-family=\"sans-serif\" font-size=\"12\"><rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        text(svg, WIDTH / 2, 24, "middle", title + " (" + unit + ", logarithmic)");
        for (double decade = low; decade <= high; decade++) {
            int y = y(Math.pow(10, decade), low, high);
            svg.append(
                    String.format(Locale.ROOT, "<path d=\"M%d %dH%d\" stroke=\"#ddd\"/>", MARGIN, y, WIDTH - MARGIN));
            text(
                    svg,
                    MARGIN - 8,
                    y + 4,
                    "end",
                    decade < 0
                            ? "" + Math.pow(10, decade)
                            : String.format(Locale.ROOT, "%,d", (long) Math.pow(10, decade)));
        }
        for (int i = 0; i < places.size(); i++) {
            text(svg, x(i), HEIGHT - MARGIN + 20, "middle", places.get(i));
        }
        int n = 0;
        for (var line : series.entrySet()) {
            var colour = COLOURS.get(n % COLOURS.size());
            var path = new StringBuilder();
            for (int i = 0; i < line.getValue().size(); i++) {
                path.append(i == 0 ? "M" : "L")
                        .append(x(i))
                        .append(' ')
                        .append(y(line.getValue().get(i), low, high));
            }
            svg.append("<path fill=\"none\" stroke-width=\"2\" stroke=\"" + colour + "\" d=\"" + path + "\"/>");
            svg.append("<g fill=\"" + colour + "\">");
            text(svg, MARGIN + 10 + n++ * 150, HEIGHT - 15, "start", line.getKey());
            svg.append("</g>");
        }
        Files.writeString(file, svg.append("</svg>\n"));
    }

    private double extreme(boolean least) {
        var all = series.values().stream().flatMap(List::stream).mapToDouble(v -> Math.max(v, 1e-6));
        return (least ? all.min() : all.max()).orElse(1);
    }

    private int x(int place) {
        return MARGIN + 30 + place * (WIDTH - 2 * MARGIN - 60) / Math.max(1, places.size() - 1);
    }

    private static int y(double value, double low, double high) {
        double part = (Math.log10(Math.max(value, 1e-6)) - low) / (high - low);
        return (int) (HEIGHT - MARGIN - part * (HEIGHT - 2 * MARGIN));
    }

    private static void text(StringBuilder svg, int x, int y, String anchor, String text) {
        svg.append(
                String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>", x, y, anchor, text));
    }
}
