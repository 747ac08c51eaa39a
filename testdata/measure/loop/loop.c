// The least that counting flows costs: reads a little-endian pcap of Ethernet frames, finds
// addresses and ports of TCP and UDP over IPv4 and IPv6, and counts flows in a hash table of
// open addresses. It keeps no time, looks at no payload and undoes no tunnel.
//
//	cc -O2 -march=native -o loop loop.c && ./loop FILE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	uint64_t word[4];
	uint32_t ports, protocol;
	uint64_t packets, octets;
} entry;

static entry *table;
static uint64_t size = 1 << 16, used;

static uint64_t mixed(const entry *e) {
	uint64_t h = 0;
	for (int i = 0; i < 4; i++) h = (h ^ e->word[i]) * 0x9e3779b97f4a7c15ull, h ^= h >> 29;
	return ((h ^ e->ports) * 0x9e3779b97f4a7c15ull + e->protocol) >> 8;
}

static entry *place(const entry *e) {
	for (uint64_t at = mixed(e) & (size - 1);; at = (at + 1) & (size - 1))
		if (!table[at].packets || !memcmp(&table[at], e, 40)) return &table[at];
}

static void grow(void) {
	entry *old = table;
	uint64_t n = size;
	size *= 2;
	table = calloc(size, sizeof *table);
	for (uint64_t i = 0; i < n; i++)
		if (old[i].packets) *place(&old[i]) = old[i];
	free(old);
}

static void count(const uint8_t *p, uint32_t n) {
	uint32_t at = 12;
	while (n >= at + 4 && ((p[at] == 0x81 && p[at + 1] == 0) || (p[at] == 0x88 && p[at + 1] == 0xa8))) at += 4;
	if (n < at + 2) return;
	uint32_t type = p[at] << 8 | p[at + 1], ip = at + 2, transport, octets;
	entry e = {0};
	if (type == 0x0800 && n >= ip + 20) {
		transport = ip + 4 * (p[ip] & 15);
		e.protocol = p[ip + 9];
		octets = p[ip + 2] << 8 | p[ip + 3];
		uint32_t a, b;
		memcpy(&a, p + ip + 12, 4), memcpy(&b, p + ip + 16, 4);
		e.word[0] = a, e.word[2] = b;
	} else if (type == 0x86dd && n >= ip + 40) {
		transport = ip + 40;
		e.protocol = p[ip + 6];
		octets = (p[ip + 4] << 8 | p[ip + 5]) + 40;
		memcpy(e.word, p + ip + 8, 32);
	} else {
		return;
	}
	if ((e.protocol != 6 && e.protocol != 17) || n < transport + 4) return;
	uint32_t from = p[transport] << 8 | p[transport + 1], to = p[transport + 2] << 8 | p[transport + 3];
	int order = memcmp(&e.word[0], &e.word[2], 16);
	if (order > 0 || (order == 0 && from > to)) {
		for (int i = 0; i < 2; i++) {
			uint64_t w = e.word[i];
			e.word[i] = e.word[i + 2], e.word[i + 2] = w;
		}
		uint32_t port = from;
		from = to, to = port;
	}
	e.ports = from << 16 | to;
	entry *f = place(&e);
	if (!f->packets) {
		if (used++ * 8 >= size * 5) grow(), f = place(&e);
		*f = e;
	}
	f->packets++;
	f->octets += octets;
}

int main(int argc, char **argv) {
	enum { room = 1 << 19 };
	static uint8_t buf[room];
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	if (fd < 0) return fprintf(stderr, "usage: loop FILE\n"), 2;
	table = calloc(size, sizeof *table);
	uint64_t packets = 0;
	uint32_t have = 0, at = 24;
	for (ssize_t n; (n = read(fd, buf + have, room - have)) > 0;) {
		have += n;
		while (at + 16 <= have) {
			uint32_t captured;
			memcpy(&captured, buf + at + 8, 4);
			if (captured > room / 2) return fprintf(stderr, "no plain pcap\n"), 2;
			if (at + 16 + captured > have) break;
			count(buf + at + 16, captured);
			packets++;
			at += 16 + captured;
		}
		if (at > have) return 0;
		memmove(buf, buf + at, have -= at);
		at = 0;
	}
	printf("%llu packets %llu flows\n", (unsigned long long)packets, (unsigned long long)used);
}
