package plot

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/pkg/errors"
)

// WriteScatterPage writes the map as a page for a browser that needs nothing
// else: the wheel zooms, dragging moves, labels show where there is room, a field
// finds words.
func WriteScatterPage(w io.Writer, title string, points []Point) error {
	if len(points) == 0 {
		return errors.New("write map: no points, expected at least one")
	}
	if _, err := place(points, faces{}); err != nil { // finite numbers
		return errors.Wrap(err, "write map")
	}
	type entry struct {
		X float64 `json:"x"`
		Y float64 `json:"y"`
		L string  `json:"l"`
		C string  `json:"c"`
	}
	all := make([]entry, len(points))
	for i, p := range points {
		all[i] = entry{p.X, p.Y, p.Label, hex(groupColor(p.Group))}
	}
	data, err := json.Marshal(all) // < and > are escaped: no label ends the script
	if err != nil {
		return errors.Wrap(err, "write map")
	}
	_, err = fmt.Fprintf(w, scatterPage, escape(title), escape(title), data)
	return errors.Wrap(err, "write map")
}

// scatterPage has the places of title, title and points.
const scatterPage = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>%s</title>
<style>
html,body{margin:0;height:100%%;font:14px sans-serif;color:#222}
canvas{display:block;width:100vw;height:100vh;cursor:grab}
#bar{position:fixed;left:12px;top:10px;background:#fffd;padding:6px 10px;border-radius:6px;box-shadow:0 1px 4px #0003}
#tip{position:fixed;pointer-events:none;background:#222;color:#fff;padding:2px 6px;border-radius:4px;display:none}
</style></head><body>
<div id="bar"><b>%s</b> &nbsp;<label>find <input id="q" size="14" autocomplete="off"></label> <span id="n"></span></div>
<div id="tip"></div><canvas id="c"></canvas>
<script>
const P=%s;
const c=document.getElementById("c"),g=c.getContext("2d"),q=document.getElementById("q"),tip=document.getElementById("tip");
let k=1,ox=0,oy=0,drag=null;
const xs=P.map(p=>p.x),ys=P.map(p=>p.y);
const lo=a=>a.reduce((m,v)=>Math.min(m,v),Infinity),hi=a=>a.reduce((m,v)=>Math.max(m,v),-Infinity);
const mx=(lo(xs)+hi(xs))/2,my=(lo(ys)+hi(ys))/2,w=hi(xs)-lo(xs)||1,h=hi(ys)-lo(ys)||1;
const base=()=>0.88*Math.min(innerWidth/w,innerHeight/h);
const at=p=>[innerWidth/2+ox+k*base()*(p.x-mx),innerHeight/2+oy-k*base()*(p.y-my)];
const hit=p=>q.value&&p.l.toLowerCase().includes(q.value.toLowerCase());
function draw(){
  const d=devicePixelRatio||1;c.width=innerWidth*d;c.height=innerHeight*d;g.setTransform(d,0,0,d,0,0);
  g.fillStyle="#fff";g.fillRect(0,0,innerWidth,innerHeight);g.font="13px sans-serif";g.textBaseline="middle";
  const boxes=new Map(),found=P.filter(hit);
  document.getElementById("n").textContent=q.value?found.length+" of "+P.length:P.length+" words";
  const free=(x,y,l)=>{const cs=[];for(let i=Math.floor(x/64);i<=Math.floor((x+l)/64);i++)for(let j=Math.floor((y-8)/64);j<=Math.floor((y+8)/64);j++)cs.push(i+","+j);
    for(const s of cs)for(const b of boxes.get(s)||[])if(x<b[0]+b[2]&&b[0]<x+l&&Math.abs(y-b[1])<15)return false;
    for(const s of cs){if(!boxes.has(s))boxes.set(s,[]);boxes.get(s).push([x,y,l])}return true};
  for(const p of [...found,...P]){
    const [x,y]=at(p);if(x<-200||y<-20||x>innerWidth||y>innerHeight+20)continue;
    const f=hit(p);g.globalAlpha=q.value&&!f?0.25:1;g.fillStyle=f?"#c00":p.c;
    g.beginPath();g.arc(x,y,f?4:2.5,0,7);g.fill();
    const l=g.measureText(p.l).width;if(free(x+6,y,l))g.fillText(p.l,x+6,y);
  }
  g.globalAlpha=1;
}
c.onwheel=e=>{e.preventDefault();const f=Math.exp(-e.deltaY/500),x=e.clientX-innerWidth/2,y=e.clientY-innerHeight/2;ox=x-f*(x-ox);oy=y-f*(y-oy);k*=f;draw()};
c.onpointerdown=e=>{drag=[e.clientX-ox,e.clientY-oy];c.setPointerCapture(e.pointerId)};
c.onpointerup=()=>drag=null;
c.onpointermove=e=>{if(drag){ox=e.clientX-drag[0];oy=e.clientY-drag[1];draw();return}
  let best=null,bd=100;for(const p of P){const [x,y]=at(p),r=(x-e.clientX)**2+(y-e.clientY)**2;if(r<bd){bd=r;best=p}}
  tip.style.display=best?"block":"none";if(best){tip.textContent=best.l;tip.style.left=e.clientX+12+"px";tip.style.top=e.clientY+12+"px"}};
c.ondblclick=()=>{k=1;ox=oy=0;draw()};
q.oninput=draw;onresize=draw;draw();
</script></body></html>
`
