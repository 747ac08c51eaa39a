package capture
import ("testing";"io";"path/filepath")
func TestSmoke(t *testing.T){
 files,_:=filepath.Glob("../../shared/corpus/open/*cap*")
 for _,p:=range files { 
  f,err:=Open([]string{p},Options{}); if err!=nil {t.Log(err);continue}
  dst:=make([]Packet,256)
  for { _,err:=f.ReadBatch(dst); if err==io.EOF {break}; if err!=nil{t.Fatal(err)} }
  s:=f.Stats(); if s.Lost.Any() { t.Log(p,s.Lost.List(), s.Packets, s.Consumed,s.Size)}
 }
 f,err:=Open(files,Options{}); if err!=nil {t.Fatal(err)}
  dst:=make([]Packet,256)
  for { _,err:=f.ReadBatch(dst); if err==io.EOF {break}; if err!=nil{t.Fatal(err)} }
  s:=f.Stats(); t.Log(s.Packets,s.Lost.List(),s.Backwards,s.LinkTypes,s.Interfaces,s.Consumed,s.Size,s.Inputs[0])
}
