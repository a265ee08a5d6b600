/*
 * plain.c - a filter for what is printed.
 */
#include "base/plain.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The text that comes out. */
struct output {
    char *text;
    size_t length;
};

static void
plain_put(struct output *output, const char *bytes, size_t size)
{
    memcpy(output->text + output->length, bytes, size);
    output->length += size;
}

/* Does a terminal or a reader take the letter for something else? */
static bool
is_hostile(const char *letter)
{
    static const char *const lines[] = {
        "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
        "\u2066", "\u2067", "\u2068", "\u2069"
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (strcmp(letter, lines[i]) == 0)
            return true;
    /* C1 */
    return letter[0] == '\xc2' && (unsigned char)letter[1] < 0xa0;
}

/* The letter that has begun is complete, or can get no further. */
static void
end_letter(struct plain *plain, struct output *output)
{
    plain->letter[plain->have] = '\0';
    if (plain->have == plain->want && text_is_utf8(plain->letter)
        && !is_hostile(plain->letter))
        plain_put(output, plain->letter, plain->have);
    else
        plain_put(output, "?", 1);
    plain->have = plain->want = 0;
}

static void
take_letter(struct plain *plain, char byte, struct output *output)
{
    unsigned char code = byte;

    if (plain->have == 0)
        plain->want = code < 0xc2 ? 1 : code < 0xe0 ? 2 : code < 0xf0 ? 3
            : code < 0xf5 ? 4 : 1;
    plain->letter[plain->have++] = byte;
    if (plain->have == plain->want)
        end_letter(plain, output);
}

static void
take_text(struct plain *plain, char byte, struct output *output)
{
    bool continues = ((unsigned char)byte & 0xc0) == 0x80;

    if (plain->have > 0 && !continues)
        end_letter(plain, output);
    if ((unsigned char)byte >= 0x80)
        take_letter(plain, byte, output);
    else if (byte == '\033')
        plain->state = PLAIN_ESCAPE;
    else if (byte == '\n' || byte == '\t' || (byte >= ' ' && byte != '\x7f'))
        plain_put(output, &byte, 1);
    else if (byte != '\r' && byte != '\0')
        plain_put(output, "?", 1);
}

static void
plain_take(struct plain *plain, char byte, struct output *output)
{
    bool first = byte >= ' ' && byte < '0', middle = byte >= '0'
        && byte < '@', last = byte >= '@' && byte < '\x7f';

    switch (plain->state) {
    case PLAIN_ESCAPE:
        if (byte == '[')
            plain->state = PLAIN_CSI;
        else if (!first)
            plain->state = PLAIN_TEXT;
        if (first || middle || last)
            return;
        break;
    case PLAIN_CSI:
        if (!first && !middle)
            plain->state = PLAIN_TEXT;
        if (first || middle || last)
            return;
        break;
    default:
        break;
    }
    take_text(plain, byte, output);
}

char *
plain_part(struct plain *plain, const char *bytes, size_t size)
{
    /* A letter that ends here may have begun in the part before. */
    struct output output = {
        text_allocate(size + sizeof plain->letter + 1, 1), 0
    };

    for (size_t i = 0; i < size; i++)
        plain_take(plain, bytes[i], &output);
    return output.text;
}

char *
plain_text(const char *text)
{
    struct plain plain = {0};
    char *made = plain_part(&plain, text, strlen(text));

    if (plain.have > 0)
        text_append(&made, "?");
    return made;
}
