/* A Tox client that befriends one other, and writes to it. Compiled by the lab with libtoxcore.
 * tox_peer UDP(0|1) PORT TCP_PORT BOOT_HOST BOOT_PORT BOOT_KEY: "-" as host for none.
 * Says "id DHT_KEY PUBLIC_KEY"; a public key on standard input is the friend's. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <tox/tox.h>

static void hex(const uint8_t *b, int n) {
    for (int i = 0; i < n; i++) printf("%02X", b[i]);
}

static void unhex(const char *s, uint8_t *b, int n) {
    for (int i = 0; i < n; i++) {
        unsigned v = 0;
        sscanf(s + 2 * i, "%2x", &v);
        b[i] = (uint8_t)v;
    }
}

static void online(Tox *tox, uint32_t friend_number, Tox_Connection c, void *data) {
    (void)tox; (void)friend_number; (void)data;
    printf("friend %s\n", c == TOX_CONNECTION_UDP ? "udp" : c == TOX_CONNECTION_TCP ? "tcp" : "none");
}

int main(int argc, char **argv) {
    if (argc < 7) return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct Tox_Options *o = tox_options_new(NULL);
    tox_options_set_udp_enabled(o, atoi(argv[1]));
    tox_options_set_start_port(o, (uint16_t)atoi(argv[2]));
    tox_options_set_end_port(o, (uint16_t)atoi(argv[2]));
    tox_options_set_tcp_port(o, (uint16_t)atoi(argv[3]));
    tox_options_set_ipv6_enabled(o, false);
    tox_options_set_local_discovery_enabled(o, false);
    Tox *tox = tox_new(o, NULL);
    if (tox == NULL) return 1;
    uint8_t dht[TOX_PUBLIC_KEY_SIZE], public[TOX_PUBLIC_KEY_SIZE];
    tox_self_get_dht_id(tox, dht);
    tox_self_get_public_key(tox, public);
    tox_callback_friend_connection_status(tox, online);
    printf("id ");
    hex(dht, sizeof dht);
    printf(" ");
    hex(public, sizeof public);
    printf("\n");
    if (strcmp(argv[4], "-") != 0) {
        uint8_t key[TOX_PUBLIC_KEY_SIZE];
        unhex(argv[6], key, sizeof key);
        if (atoi(argv[1])) tox_bootstrap(tox, argv[4], (uint16_t)atoi(argv[5]), key, NULL);
        tox_add_tcp_relay(tox, argv[4], (uint16_t)atoi(argv[5]), key, NULL);
    }
    fcntl(0, F_SETFL, O_NONBLOCK);
    time_t last = 0;
    for (;;) {
        char line[200];
        ssize_t n = read(0, line, sizeof line - 1);
        if (n >= 2 * TOX_PUBLIC_KEY_SIZE) {
            uint8_t key[TOX_PUBLIC_KEY_SIZE];
            unhex(line, key, sizeof key);
            tox_friend_add_norequest(tox, key, NULL);
        }
        if (time(NULL) != last && tox_self_get_friend_list_size(tox) > 0) {
            last = time(NULL);
            const char *text = "a line of a chat between two programs of the lab";
            tox_friend_send_message(tox, 0, TOX_MESSAGE_TYPE_NORMAL, (const uint8_t *)text, strlen(text), NULL);
        }
        tox_iterate(tox, NULL);
        usleep(tox_iteration_interval(tox) * 1000);
    }
}
