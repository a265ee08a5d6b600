# What grows with a node and with a list of hosts.  Called by `figures` with
# ink, grid, ours, theirs, growth, hosts and out.
stats growth using 1:2 nooutput
last = STATS_blocks - 1
set terminal svg size 900,320 font "sans-serif,12" dynamic
set output out
set multiplot layout 1,2 margins 0.07,0.87,0.16,0.87 spacing 0.21
set border 3 linecolor rgb grid
set tics nomirror textcolor rgb ink
set grid linecolor rgb grid
set logscale xy
set title textcolor rgb ink
set xlabel textcolor rgb ink
unset key
color(n) = n == 0 ? ours : theirs

set title "status, ms of processor"
set xlabel "workers on the node"
set format x "%g"
set format y "%g"
plot for [n = 0:last] growth index n with linespoints linewidth 2 pointtype 7 \
        pointsize 0.5 linecolor rgb color(n), \
    for [n = 0:last] growth index n using 1:2:3 with labels left \
        textcolor rgb ink

set title "printing a list of hosts, s"
set xlabel "names"
set format x "10^{%L}"
plot for [n = 0:2] hosts index n with linespoints linewidth 2 pointtype 7 \
        pointsize 0.5 linecolor rgb color(n), \
    for [n = 0:2] hosts index n using 1:2:3 with labels left \
        textcolor rgb ink
unset multiplot
