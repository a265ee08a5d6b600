/* test-mask.c - secrets do not reach the screen. */
#include "unit-help.h"

#include "mask.h"

START_TEST(the_password_of_every_url_is_masked)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        { "", "" },
        { "plain text", "plain text" },
        { "amqp://u:SECRET@h//", "amqp://u:****@h//" },
        { "amqp://u:@h//", "amqp://u:****@h//" },
        { "redis://:SECRET@h:6379/0", "redis://:****@h:6379/0" },
        { "amqp://h:5672//", "amqp://h:5672//" },
        { "amqp://u@h:5672//", "amqp://u@h:5672//" },
        { "http://h/a@b", "http://h/a@b" },
        { "--x=amqp://u:SECRET@h", "--x=amqp://u:****@h" },
        { "a amqp://u:SECRET@h b", "a amqp://u:****@h b" },
        { "amqp://u:SECRET@h;amqp://v:SECRET@i",
          "amqp://u:****@h;amqp://v:****@i" },
        { "a://b:SECRET@c,d://e:f,g://h:SECRET@i",
          "a://b:****@c,d://e:f,g://h:****@i" },
        /* Written without encoding, rather too much than too little. */
        { "amqp://u:SEC/RET@h//", "amqp://u:****@h//" },
        { "amqp://u:SEC@RET@h//", "amqp://u:****@h//" },
        { "amqp://u:SEC:RET@h//", "amqp://u:****@h//" },
        { "amqp://u:SEC;RET@h//", "amqp://u:****@h//" },
        { "'amqp://u:SECRET@h'", "'amqp://u:****@h'" },
        { "\"a://u:SECRET@h\"@", "\"a://u:****@h\"@" },
        { "://", "://" }, { "://:@", "://:****@" }, { "a://", "a://" },
        { ":// : @", ":// : @" },
        { "100%d %s amqp://u:%n@h", "100%d %s amqp://u:****@h" },
        { "amqp://u:SECRET@h\namqp://u:SECRET@h",
          "amqp://u:****@h\namqp://u:****@h" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *masked = mask_text(rows[i].text);

        same_text(i, masked, rows[i].wanted);
        free(masked);
    }
}
END_TEST

START_TEST(variables_with_the_name_of_a_secret_are_masked_whole)
{
    static const struct {
        const char *word, *wanted;
    } rows[] = {
        { "PASSWORD=x", "PASSWORD=****" },
        { "DB_PASSWORD=", "DB_PASSWORD=****" },
        { "db_passwd=x=y", "db_passwd=****" },
        { "API_TOKEN=x", "API_TOKEN=****" },
        { "AWS_SECRET_ACCESS_KEY=x", "AWS_SECRET_ACCESS_KEY=****" },
        { "Secret=x", "Secret=****" },
        { "APIKEY=x", "APIKEY=****" },
        { "SSH_KEY=x", "SSH_KEY=****" },
        { "GPG_PASSPHRASE=x", "GPG_PASSPHRASE=****" },
        { "CREDENTIALS=x", "CREDENTIALS=****" },
        { "KEYBOARD=x", "KEYBOARD=x" },
        { "PATH=/secret/token", "PATH=/secret/token" },
        { "CELERY_BROKER_URL=amqp://u:SECRET@h",
          "CELERY_BROKER_URL=amqp://u:****@h" },
        { "A=amqp://u:SECRET@h amqp://u:SECRET@i",
          "A=amqp://u:****@h amqp://u:****@i" },
        /* An option of Celery is none. */
        { "--app=secret_key", "--app=secret_key" },
        { "--queues=token=1", "--queues=token=1" },
        { "token", "token" }, { "", "" }, { "=", "=" },
    };
    struct words words = {0}, masked = {0};

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        words_add(&words, rows[i].word);
    mask_words(&words, &masked);
    ck_assert_uint_eq(masked.count, COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        same_text(i, masked.word[i], rows[i].wanted);
        same_text(i, words.word[i], rows[i].word);
    }
    words_clear(&words);
    words_clear(&masked);
}
END_TEST

UNIT_TESTS("mask",
    the_password_of_every_url_is_masked,
    variables_with_the_name_of_a_secret_are_masked_whole)
