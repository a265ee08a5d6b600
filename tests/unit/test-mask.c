/* test-mask.c - secrets do not reach the screen. */
#include "unit-help.h"

#include "base/mask.h"

START_TEST(the_password_of_every_url_is_masked)
{
    static const struct {
        const char *text, *desired;
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
        /* One with a blank; a port is none, and neither is a mail address. */
        { "amqp://u:SEC RET@h b", "amqp://u:****@h b" },
        { "a://u:SEC RET@h, b://v:SEC RET@i", "a://u:****@h, b://v:****@i" },
        { "amqp://u:SEC%40RET@h", "amqp://u:****@h" },
        { "redis://h:6379/0 is lost; tell me@h", "redis://h:6379/0 is lost; "
          "tell me@h" },
        { "http://h/a: b@c", "http://h/a: b@c" },
        { "amqp://u@h: no b@c", "amqp://u@h: no b@c" },
        /* A name that is a key. */
        { "https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/2",
          "https://****@o1.ingest.sentry.io/2" },
        { "https://ghp_0123456789abcdefgh@github.com/x.git",
          "https://****@github.com/x.git" },
        { "https://somebody.by.name@h/", "https://somebody.by.name@h/" },
        /* Queries and lists. */
        { "redis://h?password=SECRET&db=1", "redis://h?password=****&db=1" },
        { "redis://u:SECRET@h/0?password=SECRET", "redis://u:****@h/0"
          "?password=****" },
        { "a://h?password=SEC,RET,b://u:SECRET@i", "a://h?password=****,"
          "b://u:****@i" },
        { "DefaultEndpointsProtocol=https;AccountName=n;AccountKey=SE+C/RET=="
          ";EndpointSuffix=s", "DefaultEndpointsProtocol=https;AccountName=n;"
          "AccountKey=****;EndpointSuffix=s" },
        { "Endpoint=sb://h/;SharedAccessKeyName=Root;SharedAccessKey=SECRET=",
          "Endpoint=sb://h/;SharedAccessKeyName=Root;SharedAccessKey=****" },
        { "https://h/c?sv=2020&sig=SECRET%3D&se=1", "https://h/c?sv=2020"
          "&sig=****&se=1" },
        { "Driver=x;Uid=u;Pwd=SECRET;", "Driver=x;Uid=u;Pwd=****;" },
        { "key=value&design=1&signal=9", "key=value&design=1&signal=9" },
        /* In a command. */
        { "PGPASSWORD=SECRET psql -c 'x'", "PGPASSWORD=**** psql -c 'x'" },
        { "export DB_PASS='SEC RET'; go", "export DB_PASS=****; go" },
        { "sshpass -p x; SSHPASS=\"SEC RET\" y", "sshpass -p x; SSHPASS=**** "
          "y" },
        { "mysql --password=SECRET --user=u", "mysql --password=**** "
          "--user=u" },
        { "a=token=1 PASSWORD= b", "a=token=1 PASSWORD= b" },
        { "password=SEC", "password=****" }, { "password='SEC", "password"
          "=****" },
        { "amqp://u:SECRET@h\namqp://u:SECRET@h",
          "amqp://u:****@h\namqp://u:****@h" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *masked = mask_text(rows[i].text);

        same_text(i, masked, rows[i].desired);
        free(masked);
    }
}
END_TEST

START_TEST(variables_with_the_name_of_a_secret_are_masked_whole)
{
    static const struct {
        const char *word, *desired;
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
        { "MYSQL_PWD=x", "MYSQL_PWD=****" }, { "PGPASSWORD=x",
          "PGPASSWORD=****" }, { "SSHPASS=x y", "SSHPASS=****" },
        { "DB_PASS=x", "DB_PASS=****" }, { "PASS1=x", "PASS1=****" },
        { "GITHUB_TOKEN=x", "GITHUB_TOKEN=****" },
        { "CLIENT_SECRETS=x", "CLIENT_SECRETS=****" },
        { "AccountKey=x", "AccountKey=****" },
        { "AZURE=AccountName=n;AccountKey=x", "AZURE=AccountName=n;"
          "AccountKey=****" },
        /* These are none. */
        { "PWD=/home/u", "PWD=/home/u" }, { "OLDPWD=/", "OLDPWD=/" },
        { "TOKENIZERS_PARALLELISM=false", "TOKENIZERS_PARALLELISM=false" },
        { "PASSENGER_ENV=x", "PASSENGER_ENV=x" },
        { "SharedAccessKeyName=x", "SharedAccessKeyName=x" },
        { "CELERY_TASK_DEFAULT_ROUTING_KEY=x",
          "CELERY_TASK_DEFAULT_ROUTING_KEY=x" },
        { "PUBLIC_KEY=x", "PUBLIC_KEY=x" }, { "BYPASS_CACHE=1",
          "BYPASS_CACHE=1" }, { "MONKEY=x", "MONKEY=x" },
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
        same_text(i, masked.word[i], rows[i].desired);
        same_text(i, words.word[i], rows[i].word);
    }
    words_clear(&words);
    words_clear(&masked);
}
END_TEST

UNIT_TESTS("mask",
    the_password_of_every_url_is_masked,
    variables_with_the_name_of_a_secret_are_masked_whole)
