package classify

import (
	"bytes"

	"peeratlas/capture/packet"
)

// The web and what is built on its messages.
//
// A request line is a method, a blank and a target (RFC 9112, section 3). The target begins
// with a slash, a star or a scheme, and where the whole line was captured it ends in a version.
var clearWeb = clearDetector("web", packet.TCP, []clearRow{
	{service: "sstp", opens: "SSTP_DUPLEX_POST ", claim: claimTunnel, source: "[MS-SSTP] 3.2.4.1"},
	{service: "softether", opens: "POST /vpnsvc/", claim: claimTunnel, source: "SoftEther VPN source, Cedar/Protocol.h"},
	{service: "softether", opens: "GET /vpnsvc/", claim: claimTunnel, source: "SoftEther VPN source, Cedar/Protocol.h"},
	{service: "http-connect", opens: "CONNECT ", check: connectRequest, claim: claimTunnel, source: "RFC 9110, section 9.3.6"},
	{service: "bittorrent-tracker", opens: "GET /announce?", check: holds("info_hash="), source: "BEP 3, trackers"},
	{service: "bittorrent-tracker", opens: "GET /scrape?", check: holds("info_hash="), source: "BEP 48"},
	{service: "rtsp", opens: "RTSP/1.", source: "RFC 2326, section 7"},
	{service: "rtsp", opens: "RTSP/2.0 ", source: "RFC 7826, section 8"},
	{service: "rtsp", opens: "OPTIONS rtsp", source: "RFC 2326, section 10"},
	{service: "rtsp", opens: "OPTIONS * RTSP/", source: "RFC 2326, section 10"},
	{service: "rtsp", opens: "DESCRIBE rtsp", source: "RFC 2326, section 10"},
	{service: "rtsp", opens: "SETUP rtsp", source: "RFC 2326, section 10"},
	{service: "rtsp", opens: "PLAY rtsp", source: "RFC 2326, section 10"},
	{service: "rtsp", opens: "ANNOUNCE rtsp", source: "RFC 2326, section 10"},
	{service: "rtsp", opens: "GET_PARAMETER rtsp", source: "RFC 2326, section 10"},
	{service: "ipp", opens: "POST /ipp", check: holds("application/ipp"), source: "RFC 8010, section 4"},
	{service: "http", opens: "GET ", check: httpRequest, source: "RFC 9112, section 3"},
	{service: "http", opens: "POST ", check: httpRequest, source: "RFC 9112, section 3"},
	{service: "http", opens: "HEAD ", check: httpRequest, source: "RFC 9112, section 3"},
	{service: "http", opens: "PUT ", check: httpRequest, source: "RFC 9112, section 3"},
	{service: "http", opens: "DELETE ", check: httpRequest, source: "RFC 9112, section 3"},
	{service: "http", opens: "OPTIONS ", check: httpRequest, source: "RFC 9112, section 3"},
	{service: "http", opens: "PATCH ", check: httpRequest, source: "RFC 5789, section 2"},
	{service: "http", opens: "PROPFIND ", check: httpRequest, source: "RFC 4918, section 9"},
	{service: "http", opens: "REPORT ", check: httpRequest, source: "RFC 3253, section 3.6"},
	{service: "http", opens: "MKCOL ", check: httpRequest, source: "RFC 4918, section 9"},
	{service: "http", opens: "SUBSCRIBE ", check: httpRequest, source: "UPnP Device Architecture 2.0, section 4.1.2"},
	{service: "http", opens: "NOTIFY ", check: httpRequest, source: "UPnP Device Architecture 2.0, section 4.3.2"},
	{service: "http", opens: "RPC_IN_DATA ", check: httpRequest, source: "[MS-RPCH] 2.1.2.1.1"},
	{service: "http", opens: "RPC_OUT_DATA ", check: httpRequest, source: "[MS-RPCH] 2.1.2.1.2"},
	{service: "http", opens: "HTTP/1.", check: printableFrom(7), source: "RFC 9112, section 4"},
	{service: "http", opens: "PRI * HTTP/2.0\r\n", source: "RFC 9113, section 3.4"},
	{service: "icecast", opens: "ICY ", check: printableFrom(4), source: "SHOUTcast protocol, as Icecast's source reads it"},
	{service: "haproxy", opens: "PROXY TCP", source: "HAProxy, proxy-protocol.txt, section 2.1"},
	{service: "haproxy", opens: "\r\n\r\n\x00\r\nQUIT\n", source: "HAProxy, proxy-protocol.txt, section 2.2"},
	{service: "fastcgi", opens: "\x01\x01\x00\x01\x00\x08\x00\x00\x00", source: "FastCGI specification 1.0, section 8"},
	{service: "ajp", opens: "\x12\x34", check: all(sized(2, 2, bigEndian, 4), within(4, 2, 10)), source: "Apache Tomcat, AJPv13 reference"},
	{service: "rtmp", opens: "\x03", least: 1000, check: rtmpGreeting, source: "Adobe RTMP specification 1.0, section 5.2"},
	{service: "git", opens: "git-", at: 4, check: hexLength, source: "git, Documentation/gitprotocol-pack"},
	{service: "rsync", opens: "@RSYNCD: ", source: "rsync, clientserver.c"},
	{service: "ookla", opens: "HELLO 2.", check: printableFrom(8), source: "nDPI src/lib/protocols/ookla.c (facts only)"},
	{service: "ookla", opens: "HI\n", check: all(exactly(3), speedtestPort), source: "nDPI src/lib/protocols/ookla.c (facts only)"},
	{service: "ookla", opens: "HI ", least: 12, check: printableFrom(3), source: "nDPI src/lib/protocols/ookla.c (facts only)"},
})

// clearStreams are streams of a broadcaster over UDP.
var clearStreams = clearDetector("streams", packet.UDP, []clearRow{
	{service: "mpeg-ts", opens: "\x47", least: 376, check: mpegTS, source: "ISO/IEC 13818-1, section 2.4.3.2"},
	{service: "srt", opens: "\x80\x00\x00\x00", least: 64, check: srtHandshake, source: "draft-sharabayko-srt-01, sections 3.2 and 3.2.1"},
})

func speedtestPort(o *Observation) bool { return o.onPort(8080, 5060) }

// httpRequest checks the target behind the method.
func httpRequest(o *Observation) bool {
	p := o.Payload
	target := p[bytes.IndexByte(p, ' ')+1:]
	if len(target) == 0 || target[0] != '/' && target[0] != '*' && !bytes.HasPrefix(target, []byte("http")) {
		return false
	}
	end := bytes.IndexByte(target, '\r')
	if end < 0 {
		return printable(target[:min(len(target), 64)]) // the line goes on in the next segment
	}
	return bytes.HasSuffix(target[:end], []byte(" HTTP/1.1")) || bytes.HasSuffix(target[:end], []byte(" HTTP/1.0"))
}

// connectRequest checks that a host and a port are asked for.
func connectRequest(o *Observation) bool {
	target := o.Payload[len("CONNECT "):]
	end := bytes.IndexByte(target, ' ')
	return end > 2 && printable(target[:end]) && bytes.IndexByte(target[:end], ':') > 0
}

// rtmpGreeting checks C0 and the start of C1: version 3, a time, and four zeros or the version
// of a Flash player, whose later digits are small.
func rtmpGreeting(o *Observation) bool {
	p := o.Payload
	return p[5]|p[6]|p[7]|p[8] == 0 || o.onPort(1935) && p[5]&0x7f < 16 && p[6] < 16 && p[8] < 16
}

// hexLength checks the pkt-line length that git writes in hexadecimal.
func hexLength(o *Observation) bool {
	for _, b := range o.Payload[:4] {
		if (b < '0' || b > '9') && (b < 'a' || b > 'f') {
			return false
		}
	}
	return len(o.Payload) >= 12
}

// mpegTS checks the sync octet of every packet of 188 octets.
func mpegTS(o *Observation) bool {
	p := o.Payload
	if o.Length%188 != 0 {
		return false
	}
	for at := 0; at < len(p); at += 188 {
		if p[at] != 0x47 {
			return false
		}
	}
	return o.Length >= 3*188
}

// srtHandshake checks the version, the type and the lengths of a handshake control packet:
// induction has version 4 and type 1, later ones version 5 and type 1, -1 or -2.
func srtHandshake(o *Observation) bool {
	p := o.Payload
	version, kind := be32(p[16:]), be32(p[36:])
	return be32(p[4:]) == 0 && (version == 4 || version == 5) && (kind <= 1 || kind >= 0xfffffffd) && be32(p[28:]) <= 1500
}
