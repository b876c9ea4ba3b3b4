"""Times of engines on networks as a Markdown table and as a bar chart (SVG)."""
import html
import platform

BAR, GAP, GROUP_GAP, LEFT, WIDTH, RIGHT = 13, 2, 14, 150, 540, 130
COLOURS = {"senc": "#c0392b", "onnxruntime": "#2980b9", "openvino": "#16a085", "ncnn": "#8e44ad", "mnn": "#d68910",
           "pytorch": "#7f8c8d", "tvm": "#2c3e50", "iree": "#a1887f"}


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def table(header, rows):
    """`rows` of texts; the first column is flush left, the others right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def line(cells):
        first, rest = cells[0].ljust(widths[0]), [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
        return "| " + " | ".join([first, *rest]) + " |"
    rule = "| " + " | ".join(["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]) + " |"
    return "\n".join([line(header), rule, *map(line, rows)]) + "\n"


def milliseconds(ms):
    return "%.1f" % ms if ms >= 10 else "%.2f" % ms


def times_table(results, engines, limits):
    """One row a network, one column an engine, the best in bold; `limits`: ms at the FMA peak, {} when unknown."""
    rows = []
    for name, times in results.items():
        best = min(times.values())
        cells = [milliseconds(times[engine]) if engine in times else "" for engine in engines]
        cells = ["**%s**" % cell if engine in times and times[engine] == best else cell
                 for engine, cell in zip(engines, cells)]
        peers = [ms for engine, ms in times.items() if engine != "senc"]
        ahead = "%.2f" % (min(peers) / times["senc"]) if "senc" in times and peers else ""
        of_limit = ["%.2f" % (times["senc"] / limits[name]) if "senc" in times else ""] if limits else []
        rows.append([name, *cells, ahead, *of_limit])
    return table(["ms", *engines, "best peer / senc"] + (["senc / direct limit"] if limits else []), rows)


def left_out(notes):
    """Lines that say which engines are not in the tables: `notes` is {engine: {reason: [networks]}}."""
    lines = ["- %s: %s (%s)" % (kind, reason, ", ".join(dict.fromkeys(names)))
             for kind, reasons in notes.items() for reason, names in reasons.items()]
    return ["Left out:\n\n" + "\n".join(lines) + "\n"] if lines else []


def draw_bars(title, bars, engines, longest, mark):
    """{name: {engine: (length, label)}} as SVG; no bar is drawn longer than `longest`, and a line stands at `mark`."""
    scale, parts, y = WIDTH / longest, [], 58
    for name, values in bars.items():
        height = len(values) * (BAR + GAP)
        parts.append('<text x="%d" y="%.1f" class="name">%s</text>' % (LEFT - 8, y + height / 2 + 4, html.escape(name)))
        for engine, (value, label) in values.items():
            length = max(0, min(value, longest)) * scale
            parts.append('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'
                         % (LEFT, y, length, BAR, COLOURS.get(engine, "#555")))
            parts.append('<text x="%.1f" y="%d">%s</text>' % (LEFT + length + 4, y + BAR - 3, html.escape(label)))
            y += BAR + GAP
        y += GROUP_GAP
    legend, x = [], LEFT
    for engine in engines:
        legend.append('<rect x="%d" y="34" width="10" height="10" fill="%s"/><text x="%d" y="43">%s</text>'
                      % (x, COLOURS.get(engine, "#555"), x + 14, html.escape(engine)))
        x += 30 + 7 * len(engine)
    at = LEFT + mark * scale
    line = '<line x1="%.1f" y1="52" x2="%.1f" y2="%d" stroke="#888" stroke-dasharray="3 3"/>' % (at, at, y)
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}">\n'
            '<style>text {{ font: 11px sans-serif; fill: #222; }} .title {{ font-size: 15px; font-weight: bold; }}'
            ' .name {{ text-anchor: end; font-size: 12px; }}</style>\n'
            '<rect width="100%" height="100%" fill="#fff"/>\n<text x="12" y="22" class="title">{title}</text>\n'
            '{body}\n</svg>\n').format(w=LEFT + WIDTH + RIGHT, h=y + 6, title=html.escape(title),
                                       body="\n".join(legend + parts + [line]))


def bar_chart(title, results, engines):
    """Bars as long as the time is, divided by senc's (or the fastest engine's where senc is not among them)."""
    relative = {}
    for name, times in results.items():
        unit = times.get("senc") or min(times.values())
        relative[name] = {engine: times[engine] / unit for engine in engines if engine in times}
    longest = min(6.0, max(value for values in relative.values() for value in values.values()))
    bars = {name: {engine: (value, milliseconds(results[name][engine]) + " ms" + (" (%.1fx)" % value if value > longest else ""))
                   for engine, value in values.items()} for name, values in relative.items()}
    return draw_bars(title, bars, engines, longest, 1)


def tax_chart(title, taxes, engines):
    """Bars as long as the tax, {name: {engine: tax}}, is; one that is not above 0 has no length."""
    longest = min(0.3, max([0.02] + [tax for by_engine in taxes.values() for tax in by_engine.values()]))
    bars = {name: {engine: (by_engine[engine], "%.1f %%" % (100 * by_engine[engine])) for engine in engines if engine in by_engine}
            for name, by_engine in taxes.items()}
    return draw_bars(title, bars, engines, longest, 0.01)
