/*
 * table.h - entries as lines of columns, as many as the terminal has room for.
 */
#ifndef TOP_TABLE_H
#define TOP_TABLE_H

#include "top/view.h"

/* Widths that depend on what there is to show. */
struct layout {
    int worker, nodes, note;
};

struct layout table_layout(const struct view *view);
void table_heads(int line, const struct layout *layout, enum order order);
void table_entry(int line, const struct entry *entry,
    const struct layout *layout, bool chosen);

#endif
