# What restarts and accidents cost, a panel a question and a bar a way.
# Called by `figures` with ink, grid, ours, theirs, bars, titles, names and out.
stats bars using 2 nooutput
last = STATS_max
set terminal svg size 900,(80 + 30 * (last + 1)) font "sans-serif,12" dynamic
set output out
set multiplot layout 1,4 margins 0.185,0.985,0.04,0.80 spacing 0.025
set border 0
set tics scale 0 textcolor rgb ink
set style fill solid noborder
unset key
unset xtics
color(place) = place == last ? ours : theirs
half = 0.34

do for [panel = 1:4] {
    set xrange [*:*]
    set yrange [*:*]
    stats bars using (column(panel + 2)) nooutput
    top = STATS_max
    set xrange [0:top * (panel == 4 ? 1.7 : 1.4)]
    set yrange [-0.6:last + 0.6]
    set title word(titles, panel) textcolor rgb ink offset 0,-0.5
    said(value) = panel == 4 && value >= 9.5 ? "stays down" : \
        value == int(value) ? sprintf("%d", value) : sprintf("%.1f", value)
    # Nothing is a line, so that one sees that it was measured.
    bar(value) = value > 0 ? value : top * 0.008
    if (panel == 1) {
        set ytics ()
        do for [way = 0:int(last)] {
            set ytics add (word(names, way + 1) way)
        }
    } else {
        unset ytics
    }
    plot bars using (0):2:(0):(bar(column(panel + 2))):($2 - half):\
            ($2 + half):(color($2)) with boxxyerror linecolor rgb variable, \
        "" using (bar(column(panel + 2)) + top * 0.03):2:\
            (said(column(panel + 2))) with labels left textcolor rgb ink
}
unset multiplot
