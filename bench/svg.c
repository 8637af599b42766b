#define _GNU_SOURCE
#include "svg.h"

#include <string.h>

#include "axis.h"
#include "figures.h"
#include "format.h"

enum { WIDTH = 1160, HEIGHT = 660, TOP = 92, BOTTOM = 500 };

/* A curve is told by its marker, and a library by its line and by whether the
 * marker is full: that stays so in black and white. */
enum marker { CIRCLE, SQUARE, UP, DIAMOND, DOWN };
static const struct look {
    enum marker marker;
    const char *color;
} looks[] = {
    {CIRCLE, "#0072b2"},  {SQUARE, "#d55e00"}, {UP, "#009e73"},
    {DIAMOND, "#7d3c98"}, {DOWN, "#333333"},   {CIRCLE, "#0072b2"},
};
static const char *const dashes[LIBRARIES] = {"none", "7 4"};

static void escaped(FILE *out, const char *text) {
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        switch (*c) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        default: fputc(*c < ' ' || *c >= 0x7f ? '?' : *c, out);
        }
}

static void label(FILE *out, double x, double y, const char *anchor, const char *more, const char *text) {
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y, anchor, more);
    escaped(out, text);
    fputs("</text>\n", out);
}

static void line(FILE *out, double x1, double y1, double x2, double y2, const char *color) {
    fprintf(out, "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"%s\"/>\n", x1, y1, x2, y2, color);
}

static void marker(FILE *out, const struct look *look, int library, double x, double y) {
    static const char *const shapes[] = {
        [CIRCLE] = "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
        [SQUARE] = "m-4 -4h8v8h-8z",
        [UP] = "m0 -5.5l5.2 9h-10.4z",
        [DIAMOND] = "m0 -5.8l5.8 5.8l-5.8 5.8l-5.8 -5.8z",
        [DOWN] = "m0 5.5l5.2 -9h-10.4z",
    };
    fprintf(out, "<path d=\"M%.1f %.1f%s\" fill=\"%s\" stroke=\"%s\" stroke-width=\"1.6\"/>\n", x, y,
            shapes[look->marker], library == 0 ? look->color : "#ffffff", look->color);
}

/* ---- One field of curves ---- */

struct field {
    bool memory;
    double left, right;
    const char *title, *quantity;
};

static struct measured point(const struct results *r, int library, const struct scale_curve *c, size_t i) {
    return results_measured(r, library, figure_find_sized(c->key, scale_sizes[i]));
}

/* False: there is no point in the field. */
static bool find_range(const struct results *r, const struct field *f, double *smallest, double *largest) {
    bool any = false;
    for (size_t c = 0; c < scale_curves_count; c++)
        for (int l = 0; l < LIBRARIES; l++)
            for (size_t i = 0; i < scale_sizes_count && scale_curves[c].memory == f->memory; i++) {
                struct measured m = point(r, l, &scale_curves[c], i);
                if (!m.there)
                    continue;
                *smallest = !any || m.median < *smallest ? m.median : *smallest;
                *largest = !any || m.median > *largest ? m.median : *largest;
                any = true;
            }
    return any;
}

static void draw_value(FILE *out, const struct field *f, double value, double y) {
    static const char *const names[] = {"ns", "&#181;s", "ms", "s"};
    size_t i = 0;
    while (!f->memory && value > 999 && i < 3) {
        value /= 1000;
        i++;
    }
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.15g %s</text>\n", f->left - 8, y + 4, value,
            f->memory ? "MB" : names[i]);
}

static void draw_axes(FILE *out, const struct field *f, const struct axis *x, const struct axis *y) {
    bool major;
    for (double v = y->low / 2; axis_next(y, &v, &major);) {
        double at = axis_at(y, v);
        line(out, f->left, at, f->right, at, major ? "#c4c4c4" : "#ececec");
        if (major)
            draw_value(out, f, v, at);
    }
    for (size_t i = 0; i < scale_sizes_count; i++) {
        double at = axis_at(x, scale_sizes[i]);
        line(out, at, TOP, at, BOTTOM, "#c4c4c4");
        label(out, at, BOTTOM + 18, "middle", "", format_count(scale_sizes[i]).text);
    }
    fprintf(out, "<path d=\"M%.1f %dV%dH%.1f\" stroke=\"#000000\" fill=\"none\"/>\n", f->left, TOP, BOTTOM, f->right);
    label(out, (f->left + f->right) / 2, BOTTOM + 40, "middle", "", "daemons registered (logarithmic)");
    label(out, f->left, TOP - 14, "start", " font-weight=\"bold\"", f->title);
    fprintf(out, "<text transform=\"translate(%.1f %d) rotate(-90)\" text-anchor=\"middle\">%s</text>\n", f->left - 66,
            (TOP + BOTTOM) / 2, f->quantity);
}

static void draw_curve(FILE *out, const struct results *r, int library, size_t c, const struct axis *x,
                       const struct axis *y) {
    const struct scale_curve *curve = &scale_curves[c];
    char pen = 'M';
    fputs("<path d=\"", out);
    for (size_t i = 0; i < scale_sizes_count; i++) {
        struct measured m = point(r, library, curve, i);
        if (m.there) {
            fprintf(out, "%c%.1f %.1f", pen, axis_at(x, scale_sizes[i]), axis_at(y, m.median));
            pen = 'L';
        }
    }
    if (pen == 'M')
        fputs("M0 0", out);
    fprintf(out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>\n", looks[c].color,
            dashes[library]);
    for (size_t i = 0; i < scale_sizes_count; i++) {
        struct measured m = point(r, library, curve, i);
        if (m.there)
            marker(out, &looks[c], library, axis_at(x, scale_sizes[i]), axis_at(y, m.median));
    }
}

static void draw_field(FILE *out, const struct results *r, const struct field *f) {
    double smallest = 1, largest = 10;
    bool any = find_range(r, f, &smallest, &largest);
    struct axis x = axis_around(1, scale_sizes[scale_sizes_count - 1], f->left, f->right);
    struct axis y = axis_around(smallest, largest, BOTTOM, TOP);
    draw_axes(out, f, &x, &y);
    if (!any)
        label(out, (f->left + f->right) / 2, (TOP + BOTTOM) / 2, "middle", "", "not measured");
    for (size_t c = 0; c < scale_curves_count; c++)
        for (int l = 0; l < LIBRARIES; l++)
            if (scale_curves[c].memory == f->memory)
                draw_curve(out, r, l, c, &x, &y);
}

/* ---- What means what ---- */

static void sample(FILE *out, const struct look *look, int library, double x, double y, const char *text) {
    fprintf(out, "<path d=\"M%.1f %.1fh36\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>\n", x, y,
            look->color, dashes[library]);
    marker(out, look, library, x + 18, y);
    label(out, x + 44, y + 4, "start", "", text);
}

static void draw_legend(FILE *out, const struct options *o) {
    static const struct look plain = {CIRCLE, "#333333"};
    double x = 60;
    for (size_t c = 0; c < scale_curves_count; c++)
        if (!scale_curves[c].memory) {
            sample(out, &looks[c], 0, x, BOTTOM + 76, scale_curves[c].title);
            x += 72 + 6.6 * (double)strlen(scale_curves[c].title);
        }
    for (int l = 0; l < LIBRARIES && o->libraries[1]; l++) {
        char text[160];
        snprintf(text, sizeof text, "%c: %.150s", "AB"[l], o->libraries[l]);
        sample(out, &plain, l, 60, BOTTOM + 104 + 24 * l, text);
    }
    if (!o->libraries[1])
        label(out, 60, BOTTOM + 108, "start", "", o->libraries[0]);
}

void svg_write(FILE *out, const struct options *o, const struct results *r) {
    static const struct field cost = {false, 110, 640, "Cost, medians", "time for one, or for one tick (logarithmic)"};
    static const struct field memory = {true, 780, 1130, "Resident memory of the process", "memory (logarithmic)"};
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
            " font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" font-size=\"12\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    label(out, 30, 36, "start", " font-size=\"18\" font-weight=\"bold\"",
          o->quick ? "libnet_meshos against the number of daemons (quick run: means nothing)"
                   : "libnet_meshos against the number of daemons");
    draw_field(out, r, &cost);
    draw_field(out, r, &memory);
    draw_legend(out, o);
    fputs("</svg>\n", out);
}
