package classify

import "peeratlas/capture/packet"

// Databases, message queues and remote calls. Most frame their messages by a length, which
// fills the first segment of either direction.
var clearDataTCP = clearDetector("data", packet.TCP, []clearRow{
	{service: "mysql", opens: "\x00\x0a", at: 3, least: 12, check: all(sized(0, 3, littleEndian, 4), within(5, '0', '9')), source: "MySQL internals, Protocol::HandshakeV10"},
	{service: "mysql", opens: "\x00\xff", at: 3, least: 9, check: all(sized(0, 3, littleEndian, 4), printableFrom(7)), source: "MySQL internals, ERR_Packet"},
	{service: "postgresql", opens: "\x00\x00\x00\x08\x04\xd2\x16", check: within(7, 0x2e, 0x30), source: "PostgreSQL documentation, section 55.7, SSLRequest, GSSENCRequest"},
	{service: "postgresql", opens: "\x00\x03\x00\x00", at: 4, check: sized(0, 4, bigEndian, 0), source: "PostgreSQL documentation, section 55.7, StartupMessage"},
	{service: "postgresql", opens: "R\x00\x00\x00", least: 9, check: all(within(4, 8, 40), within(5, 0, 0), within(6, 0, 0), within(7, 0, 0), within(8, 0, 12)), source: "PostgreSQL documentation, section 55.7, Authentication"},
	{service: "mssql-tds", first: "\x01\x04\x0e\x10\x11\x12", least: 8, check: tds, source: "[MS-TDS] 2.2.3.1"},
	{service: "oracle-tns", opens: "\x00\x00", at: 2, least: 8, check: all(sized(0, 2, bigEndian, 0), within(4, 1, 19), within(6, 0, 0), within(7, 0, 0)), source: "Oracle Net, TNS packet header, as Wireshark's reader has it (facts only)"},
	{service: "drda", opens: "\xd0", at: 2, least: 10, check: drda, source: "The Open Group C112, DDM volume, DSS header"},
	{service: "mongodb", opens: "\x00\x00", at: 14, least: 16, check: mongo, source: "MongoDB wire protocol, standard message header"},
	{service: "cassandra", first: "\x01\x02\x03\x04\x05\x81\x82\x83\x84\x85", least: 9, check: cassandra, source: "Apache Cassandra, native_protocol_v5.spec, section 2"},
	{service: "redis", opens: "*", least: 6, check: resp, source: "Redis serialization protocol specification, RESP arrays"},
	{service: "redis", opens: "+OK\r\n", check: exactly(5), source: "Redis serialization protocol specification, simple strings"},
	{service: "redis", opens: "+PONG\r\n", source: "Redis serialization protocol specification, simple strings"},
	{service: "redis", opens: "-NOAUTH ", source: "Redis serialization protocol specification, simple errors"},
	{service: "redis", opens: "-ERR ", source: "Redis serialization protocol specification, simple errors"},
	{service: "redis", opens: "PING\r\n", check: exactly(6), source: "Redis serialization protocol specification, inline commands"},
	{service: "memcached", opens: "\x80", mask: "\xfe", least: 24, check: memcachedBinary, source: "memcached, BinaryProtocolRevamped, packet structure"},
	{service: "memcached", opens: "get ", check: memcachedText, source: "memcached, doc/protocol.txt"},
	{service: "memcached", opens: "gets ", check: memcachedText, source: "memcached, doc/protocol.txt"},
	{service: "memcached", opens: "set ", check: memcachedText, source: "memcached, doc/protocol.txt"},
	{service: "memcached", opens: "stats", check: lineEnds, source: "memcached, doc/protocol.txt"},
	{service: "memcached", opens: "version\r\n", source: "memcached, doc/protocol.txt"},
	{service: "memcached", opens: "STAT ", check: printableFrom(5), source: "memcached, doc/protocol.txt"},
	{service: "memcached", opens: "VALUE ", check: printableFrom(6), source: "memcached, doc/protocol.txt"},
	{service: "memcached", opens: "STORED\r\n", source: "memcached, doc/protocol.txt"},
	{service: "kafka", opens: "\x00", at: 4, least: 14, check: kafka, source: "Apache Kafka protocol guide, request header"},
	{service: "amqp", opens: "AMQP", least: 8, check: within(4, 0, 3), source: "AMQP 0-9-1, section 4.2.2; AMQP 1.0, section 2.2"},
	{service: "mqtt", opens: "\x10", least: 10, check: mqttConnect, source: "OASIS MQTT 5.0, section 3.1"},
	{service: "mqtt", opens: "\x20\x02\x00", mask: "\xff\xff\xfe", check: all(exactly(4), within(3, 0, 5)), source: "OASIS MQTT 3.1.1, section 3.2"},
	{service: "mqtt", first: "\x30\x31\x32\x33\x34\x35\x38\x39\x3a\x3b\x3c\x3d\xc0\xd0", check: mqttPublish, twice: true, source: "OASIS MQTT 3.1.1, section 3.3"},
	{service: "zeromq", opens: "\xff\x00\x00\x00\x00\x00\x00\x00", least: 10, check: within(9, 0x7f, 0x7f), source: "ZMTP 3.1, section Greeting"},
	{service: "thrift", opens: "\x80\x01\x00", at: 4, least: 12, check: all(sized(0, 4, bigEndian, 4), within(7, 1, 4)), source: "Apache Thrift, binary protocol encoding, framed"},
	{service: "thrift", opens: "\x80\x01\x00", least: 12, check: all(within(3, 1, 4), thriftName), source: "Apache Thrift, binary protocol encoding"},
	{service: "ceph", opens: "ceph v", check: within(6, '0', '2'), source: "Ceph messenger protocol, banner"},
	{service: "gearman", opens: "\x00RE", least: 12, check: all(within(3, 'Q', 'S'), sized(8, 4, bigEndian, 12)), source: "Gearman protocol, binary packet"},
	{service: "corba", opens: "GIOP\x01", least: 12, check: within(7, 0, 7), source: "OMG CORBA 3.3, part 2, section 9.4.1"},
	{service: "elasticsearch", opens: "ES\x00\x00", least: 6, check: sized(2, 4, bigEndian, 6), source: "Elasticsearch, TcpHeader.java"},
	{service: "rethinkdb", opens: "\xc3\xbd\xc2\x34", source: "RethinkDB, writing drivers, version magic"},
	{service: "hazelcast", opens: "HZC\x01", source: "Hazelcast, member handshake (facts only)"},
	{service: "java-rmi", opens: "JRMI\x00\x02", source: "Java RMI specification, section 10.2"},
	{service: "smpp", opens: "\x00\x00", least: 16, check: smpp, source: "SMPP 3.4, section 3.2"},
	{service: "beanstalk", opens: "reserve", check: lineEnds, source: "beanstalkd, doc/protocol.txt"},
	{service: "tarantool", opens: "Tarantool ", source: "Tarantool, box protocol, greeting"},
})

var clearDataUDP = clearDetector("data", packet.UDP, []clearRow{
	{service: "memcached", opens: "\x00\x00\x00", at: 2, least: 12, check: memcachedDatagram, source: "memcached, doc/protocol.txt, UDP protocol"},
	{service: "mqtt-sn", opens: "\x04", at: 1, least: 6, check: mqttSN, source: "MQTT-SN 1.2, section 5.4.4"},
	{service: "statsd", check: all(holds(":"), holds("|"), printableFrom(0)), ports: []uint16{8125}, source: "StatsD, docs/metric_types.md"},
	{service: "gelf", opens: "\x1e\x0f", least: 12, check: chunk, ports: []uint16{12201}, source: "Graylog, GELF via UDP, chunked"},
})

// tds checks type, status and length; the window is always 0.
func tds(o *Observation) bool {
	p := o.Payload
	switch p[0] {
	case 1, 4, 14, 16, 17, 18: // not 3, a remote call: ISO transport begins so too
	default:
		return false
	}
	return p[1] <= 0x1f && int(be16(p[2:])) == o.Length && p[6] <= 1 && p[7] == 0 && be16(p[4:]) < 4096
}

// drda checks that the object's length is the segment's less the header of six.
func drda(o *Observation) bool {
	p := o.Payload
	return be16(p) == be16(p[6:])+6 && int(be16(p)) <= o.Length
}

// mongo checks length, and an operation code of those ever assigned.
func mongo(o *Observation) bool {
	p := o.Payload
	if n := unsigned(p[:4], littleEndian); n != o.Length && (n < o.Length || o.Length < 1000) {
		return false
	}
	switch le32(p[12:]) {
	case 1:
		return le32(p[4:]) < 1<<24
	case 2001, 2002, 2003, 2004, 2005, 2006, 2007, 2010, 2011, 2012, 2013:
		return true
	}
	return false
}

// cassandra checks version, operation and length.
func cassandra(o *Observation) bool {
	p := o.Payload
	return p[0]&0x7f >= 1 && p[0]&0x7f <= 5 && p[1] <= 0x1f && p[4] <= 0x10 && unsigned(p[5:9], bigEndian)+9 == o.Length
}

// resp checks an array of bulk strings: a count, a line end, a dollar.
func resp(o *Observation) bool {
	p := o.Payload
	at := 1
	for at < len(p) && at < 8 && digit(p[at]) {
		at++
	}
	return at > 1 && at+3 <= len(p) && p[at] == '\r' && p[at+1] == '\n' && (p[at+2] == '$' || p[at+2] == '*' || p[at+2] == ':')
}

// memcachedBinary checks operation, data type 0 and the length of the body.
func memcachedBinary(o *Observation) bool {
	p := o.Payload
	return p[1] <= 0x52 && p[5] == 0 && unsigned(p[8:12], bigEndian)+24 == o.Length && int(be16(p[2:]))+int(p[4]) <= unsigned(p[8:12], bigEndian)
}

func memcachedText(o *Observation) bool {
	return o.onPort(11211) && printableFrom(0)(o)
}

// memcachedDatagram checks the frame header (one datagram, reserved 0), then text.
func memcachedDatagram(o *Observation) bool {
	p := o.Payload
	return p[5] >= 1 && p[6]|p[7] == 0 && printable(p[8:min(len(p), 40)])
}

// kafka checks length, key and version of a request, and a printable client id.
func kafka(o *Observation) bool {
	p := o.Payload
	if unsigned(p[:4], bigEndian)+4 != o.Length || p[5] > 90 || p[6] != 0 || p[7] > 20 {
		return false
	}
	n := int(int16(be16(p[12:])))
	return n == -1 || n >= 0 && n < 256 && len(p) >= 14+n && printable(p[14:14+n])
}

// mqttConnect checks the remaining length and the protocol's name.
func mqttConnect(o *Observation) bool {
	p := o.Payload
	at, n := mqttLength(p)
	if at == 0 || at+n != o.Length || len(p) < at+6 {
		return false
	}
	return string(p[at:at+6]) == "\x00\x04MQTT" || len(p) >= at+8 && string(p[at:at+8]) == "\x00\x06MQIsdp"
}

// mqttPublish checks a message under a printable topic, or a ping and its answer: frames back
// to back to the end of the segment.
func mqttPublish(o *Observation) bool {
	p := o.Payload
	if o.Length == 2 && len(p) == 2 {
		return (p[0] == 0xc0 || p[0] == 0xd0) && p[1] == 0
	}
	at, n := mqttLength(p)
	if p[0]>>4 != 3 || p[0]&6 == 6 || at == 0 || at+n != o.Length || len(p) < at+3 {
		return false
	}
	topic := int(be16(p[at:]))
	return topic > 0 && topic+2 <= n && len(p) >= at+2+topic && printable(p[at+2:at+2+topic])
}

// mqttLength reads the remaining length and the offset behind it, 0 if it does not end.
func mqttLength(p []byte) (at, n int) {
	for at = 1; at < len(p) && at < 5; at++ {
		n |= int(p[at]&0x7f) << (7 * (at - 1))
		if p[at] < 0x80 {
			return at + 1, n
		}
	}
	return 0, 0
}

// thriftName checks the method's length and name.
func thriftName(o *Observation) bool {
	p := o.Payload
	n := unsigned(p[4:8], bigEndian)
	return n > 0 && n < 128 && len(p) >= 8+n && printable(p[8:8+n])
}

// smpp checks length and command; the answer's has its highest bit set.
func smpp(o *Observation) bool {
	p := o.Payload
	command := be32(p[4:]) &^ (1 << 31)
	return unsigned(p[:4], bigEndian) == o.Length && command > 0 && command <= 0x103 && be32(p[8:]) < 0x500
}

// mqttSN checks a CONNECT: its length, type 4, protocol id 1, a printable client id.
func mqttSN(o *Observation) bool {
	p := o.Payload
	return int(p[0]) == o.Length && p[1] == 4 && p[2]&0xf3 == 0 && p[3] == 1 && len(p) >= 12 && printable(p[6:])
}

// chunk checks that the chunk's number is below their count.
func chunk(o *Observation) bool {
	p := o.Payload
	return p[11] >= 1 && p[11] <= 128 && p[10] < p[11]
}
