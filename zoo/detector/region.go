package detector

import (
	"math"

	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/proposal"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// SideScale is what moves of a box are divided by, so that they are about as
// large as 1. Source: the reference code of arXiv:1504.08083.
func SideScale() [4]float64 { return [4]float64{0.1, 0.1, 0.2, 0.2} }

// CropSide is the size that an R-CNN warps a region to.
const CropSide = 32

// mostRegions is how many regions of a picture are looked at.
const mostRegions = 300

// RoisName is the name of the input with regions [M, 5]: the number of the
// picture, then the corners in pixels.
const RoisName = "rois"

// Regions uses an R-CNN, which warps each region that selective search proposes
// to a picture of its own, or a Fast R-CNN, which pools regions from the maps of
// the whole picture.
//
// Source: cheatsheet §1.6; arXiv:1311.2524, arXiv:1504.08083.
type Regions struct {
	shape   []int
	classes int
	warp    bool
	search  proposal.Options
	eval    *graph.Programs
	place   Placer
}

// NewRegions returns the use of a zoo.RCNN where warp is true, else of a
// zoo.FastRCNN, whose parameters are named from the root of store, on pictures of
// a shape [3, H, W].
func NewRegions(store *graph.Store, shape []int, classes int, warp bool, search proposal.Options) *Regions {
	r := &Regions{shape: shape, classes: classes, warp: warp, search: search, place: Placer{Shape: shape, Warp: warp}}
	r.search.Most = mostRegions
	r.eval = graph.NewPrograms(store, graph.Eval, func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		logits, t := RegionNetwork(g, shape, classes, warp, size)
		return compile(nil, logits, t)
	})
	return r
}

// RegionNetwork builds the network of a [Regions] on size.Length regions in all of
// size.Batch pictures; an R-CNN does not see the pictures.
func RegionNetwork(g *graph.Graph, shape []int, classes int, warp bool, size graph.Size) (logits, t *graph.Node) {
	if warp {
		return zoo.NewRCNN(g.Scope(), CropSide, classes).Forward(g.Input(InputName, size.Length, shape[0], CropSide, CropSide))
	}
	x := g.Input(InputName, append([]int{size.Batch}, shape...)...)
	return zoo.NewFastRCNN(g.Scope(), classes).Forward(x, g.Input(RoisName, size.Length, 5))
}

// Build makes the parameters.
func (r *Regions) Build() error {
	_, err := r.eval.For(graph.Size{Batch: 1, Length: mostRegions})
	return err
}

// Detect implements [Detector]. The time of the search is part of it.
func (r *Regions) Detect(x []float32, n int, o decode.SuppressOptions) ([][]decode.Detection, error) {
	size := r.shape[0] * r.shape[1] * r.shape[2]
	found := make([][]decode.Detection, n)
	for i := range n {
		picture := x[i*size : (i+1)*size]
		regions, err := proposal.Search(augment.Image[float32]{Pix: picture, C: r.shape[0], H: r.shape[1], W: r.shape[2]}, r.search)
		if err != nil {
			return nil, err
		}
		err = r.eval.Use(graph.Size{Batch: 1, Length: mostRegions}, func(prog *graph.Program) error {
			r.place.Begin(mostRegions)
			for k, b := range regions {
				r.place.Put(picture, 0, k, b)
			}
			feeds := []graph.Feed{prog.Input(InputName).Feed(r.place.Crops)}
			if !r.warp {
				feeds = []graph.Feed{prog.Input(InputName).Feed(picture), prog.Input(RoisName).Feed(r.place.Rois)}
			}
			if err := prog.Run(feeds...); err != nil {
				return err
			}
			found[i], err = settle(regions, prog.Float32s(prog.Fetched(0)), prog.Float32s(prog.Fetched(1)), r.classes, o)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Placer makes regions of pictures what a network is fed with: warped pictures
// or rows of corners.
type Placer struct {
	Shape []int // of a picture [C, H, W]
	Warp  bool
	Crops []float32 // [M, C, CropSide, CropSide], with Warp
	Rois  []float32 // [M, 5], without
}

// Begin makes room for so many regions, which are nothing until they are put.
func (p *Placer) Begin(rows int) {
	if p.Warp {
		p.Crops = zeros(p.Crops, rows*p.Shape[0]*CropSide*CropSide)
		return
	}
	p.Rois = zeros(p.Rois, rows*5)
}

// Put makes b, a share of picture i of x, region n.
func (p *Placer) Put(x []float32, i, n int, b box.Box) {
	c, h, w := p.Shape[0], p.Shape[1], p.Shape[2]
	if !p.Warp {
		copy(p.Rois[n*5:], []float32{float32(i), float32(b.X1 * float64(w)), float32(b.Y1 * float64(h)), float32(b.X2*float64(w) - 1), float32(b.Y2*float64(h) - 1)})
		return
	}
	size := c * CropSide * CropSide
	warp(x[i*c*h*w:(i+1)*c*h*w], c, h, w, b, p.Crops[n*size:(n+1)*size])
}

// zeros returns n zeros, in the memory of x where it suffices.
func zeros(x []float32, n int) []float32 {
	if cap(x) < n {
		return make([]float32, n)
	}
	x = x[:n]
	clear(x)
	return x
}

// warp sets y [C, S, S] to the part b, shares, of the picture x [C, H, W], by
// linear interpolation between pixels.
func warp(x []float32, c, h, w int, b box.Box, y []float32) {
	near := func(lo, hi float64, k, n int) (i, j int, share float32) {
		v := (lo+(hi-lo)*(float64(k)+0.5)/CropSide)*float64(n) - 0.5
		v = min(max(v, 0), float64(n-1))
		i = int(v)
		return i, min(i+1, n-1), float32(v - float64(i))
	}
	for r := range CropSide {
		r0, r1, fr := near(b.Y1, b.Y2, r, h)
		for q := range CropSide {
			q0, q1, fq := near(b.X1, b.X2, q, w)
			for k := range c {
				p := x[k*h*w:][:h*w]
				top := p[r0*w+q0]*(1-fq) + p[r0*w+q1]*fq
				low := p[r1*w+q0]*(1-fq) + p[r1*w+q1]*fq
				y[(k*CropSide+r)*CropSide+q] = top*(1-fr) + low*fr
			}
		}
	}
}

// settle turns a picture's regions with their logits [M, 1 + p] and moves
// [M, p, 4] into detections: one for each class of a region that is likely
// enough, its box moved; then non-max suppression.
func settle(regions []box.Box, logits, t []float32, classes int, o decode.SuppressOptions) ([]decode.Detection, error) {
	scale := SideScale()
	var found []decode.Detection
	for i, b := range regions {
		if !b.Valid() {
			continue
		}
		z := logits[i*(1+classes) : (i+1)*(1+classes)]
		most, sum := float64(z[0]), 0.0
		for _, v := range z {
			most = max(most, float64(v))
		}
		for _, v := range z {
			sum += math.Exp(float64(v) - most)
		}
		for c := range classes {
			score := math.Exp(float64(z[1+c])-most) / sum
			if score < o.ScoreMin {
				continue
			}
			var move [4]float64
			for k := range move {
				move[k] = float64(t[(i*classes+c)*4+k]) * scale[k]
			}
			moved := box.Decode(b, move).Clip(1, 1)
			if moved.Valid() {
				found = append(found, decode.Detection{Box: moved, Score: score, Class: c})
			}
		}
	}
	keep, err := decode.Suppress(found, o)
	if err != nil {
		return nil, err
	}
	kept := make([]decode.Detection, len(keep))
	for k, at := range keep {
		kept[k] = found[at]
	}
	return kept, nil
}
