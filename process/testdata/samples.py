# Opens the sockets of the samples, and prints them: unshare -npf --mount-proc python3 samples.py FOLDER
import socket,os,subprocess,sys,ctypes,time
libc=ctypes.CDLL(None)
def name(n): libc.prctl(15,n.encode(),0,0,0)
run=lambda c: subprocess.run(c,shell=True,check=True)
run("ip link set lo up; ip addr add 192.0.2.10/32 dev lo; ip addr add 198.51.100.7/32 dev lo; ip -6 addr add 2001:db8:1234:5678:9abc:def0:1234:5678/128 dev lo nodad; ip -6 addr add 2001:db8::7/128 dev lo nodad")
def child(f,uid,n):
    r,w=os.pipe()
    pid=os.fork()
    if pid==0:
        name(n)
        keep=f()
        os.setuid(uid)
        os.write(w,b'x'); time.sleep(60); os._exit(0)
    os.read(r,1); return pid
L=[]
def server():
    a=socket.socket(); a.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); a.bind(('198.51.100.7',443)); a.listen()
    b=socket.socket(socket.AF_INET6); b.bind(('2001:db8::7',8443)); b.listen()
    c=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM); c.bind(('::',3478))
    d=socket.socket(socket.AF_INET6); d.bind(('::',22)); d.listen()
    return a,b,c,d
def client():
    a=socket.socket(); a.setsockopt(socket.SOL_SOCKET,socket.SO_KEEPALIVE,1); a.bind(('192.0.2.10',51234)); a.connect(('198.51.100.7',443))
    b=socket.socket(socket.AF_INET6); b.bind(('2001:db8:1234:5678:9abc:def0:1234:5678',51235)); b.connect(('2001:db8::7',8443))
    c=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); c.bind(('0.0.0.0',24816))
    d=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); d.bind(('192.0.2.10',51604)); d.connect(('198.51.100.7',3478))
    e=socket.socket(socket.AF_INET6); e.connect(('::ffff:198.51.100.7',443))
    f=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); f.setsockopt(socket.SOL_SOCKET,25,b'lo\0'); f.bind(('0.0.0.0',5353))
    return a,b,c,d,e,f
ps=[child(server,1,'turn server'),child(client,65534,'a"b)) pid=1,x')]
def fork2():
    a=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); a.bind(('127.0.0.1',4500)); os.fork(); return (a,)
ps.append(child(fork2,0,'worker'))
out=sys.argv[1]
for n,c in {'netstat-nop':'netstat -nop','netstat-tunp':'netstat -tunp','netstat-tunap':'netstat -tunap','netstat-tunape-wide':'netstat -tunapeoW','ss-tunp':'ss -tunp','ss-tunap':'ss -tunap','ss-tunapeo':'ss -tunapeo','ss-tnp':'ss -tnp','lsof-i-n-P':'lsof -i -n -P', 'lsof-u':"lsof -i -n -P +c 0"}.items():
    run(f"{c} > {out}/{n}.txt 2>&1 || true")
run("pkill -P %d; true"%os.getpid()) if False else [os.kill(p,9) for p in ps]
