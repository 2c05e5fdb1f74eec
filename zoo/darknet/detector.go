package darknet

import (
	"math"
	"sync"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo/decode"
)

// Detector is a network with weights. Several goroutines may use it at once: one
// detects at a time.
type Detector struct {
	config  *Config
	store   *graph.Store
	weights int // numbers in the file
	classes int

	mu       sync.Mutex     // held by Detect
	programs map[int]*built // by number of pictures
}

type built struct {
	prog *graph.Program
	x    *graph.Node
	out  []Output
}

// Open reads a .cfg file with its .weights.
func Open(cfg, weights string) (*Detector, error) {
	c, err := ReadConfig(cfg)
	if err != nil {
		return nil, err
	}
	// The numbers come first: a network cannot have more.
	values, err := readValues(weights)
	if err != nil {
		return nil, err
	}
	d := &Detector{config: c, store: graph.NewStore(graph.Float32, 1), programs: map[int]*built{}, weights: len(values)}
	b, err := d.program(1)
	if err != nil {
		return nil, errors.Wrapf(err, "read network %s", cfg)
	}
	d.classes = b.out[0].head.classes
	return d, errors.Wrapf(c.setWeights(values, d.store), "read weights %s", weights)
}

// Shape returns [C, H, W] of a picture, values in [0, 1].
func (d *Detector) Shape() []int { return []int{d.config.Channels, d.config.Height, d.config.Width} }

// Classes returns how many classes the network tells apart.
func (d *Detector) Classes() int { return d.classes }

func (d *Detector) program(n int) (*built, error) {
	if b := d.programs[n]; b != nil {
		return b, nil
	}
	g := graph.New(d.store, graph.Eval)
	x := g.Input("x", n, d.config.Channels, d.config.Height, d.config.Width)
	out, err := d.config.build(g.Scope(), x, d.weights)
	if err != nil {
		return nil, err
	}
	var fetch []*graph.Node
	for _, o := range out {
		fetch = append(fetch, o.Raw)
	}
	prog, err := g.Compile(nil, fetch...)
	if err != nil {
		return nil, err
	}
	d.programs[n] = &built{prog, x, out}
	return d.programs[n], nil
}

// Detect returns what the network finds in each of n pictures x [n, C, H, W], the
// best first, boxes as shares of the picture. A box has its most probable
// class, though in version 3 it might have several.
func (d *Detector) Detect(x []float32, n int, o decode.SuppressOptions) ([][]decode.Detection, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, err := d.program(n)
	if err != nil {
		return nil, err
	}
	if err := b.prog.Run(b.x.Feed(x)); err != nil {
		return nil, err
	}
	found := make([][]decode.Detection, n)
	for _, out := range b.out {
		raw := b.prog.Float32s(out.Raw)
		size := len(raw) / n
		for i := range n {
			found[i] = append(found[i], out.decode(raw[i*size:(i+1)*size], o.ScoreMin)...)
		}
	}
	for i, all := range found {
		keep, err := decode.Suppress(all, o)
		if err != nil {
			return nil, err
		}
		found[i] = make([]decode.Detection, len(keep))
		for k, at := range keep {
			found[i][k] = all[at]
		}
	}
	return found, nil
}

// decode returns the boxes of a picture's raw outputs [k·(5 + p), rows, cols]
// whose score is at least least,
//
//	b_x = (s·(σ(t_x) − ½) + ½ + col)/cols, b_w = a_w·e^t_w, likewise b_y, b_h
//	score = σ(t_0)·max_c p_c
//
// with p = σ(t_c), or softmax(t_c) in version 2.
func (o Output) decode(raw []float32, least float64) []decode.Detection {
	area, fields := o.Rows*o.Cols, 5+o.head.classes
	var found []decode.Detection
	for k, anchor := range o.head.anchors {
		maps := raw[k*fields*area:][:fields*area]
		for at := range area {
			t := func(f int) float64 { return float64(maps[f*area+at]) }
			seen := sigmoid(t(4))
			if seen < least {
				continue
			}
			class, p := o.surest(t)
			if seen*p < least {
				continue
			}
			col, row := float64(at%o.Cols), float64(at/o.Cols)
			c := box.Center{
				X: (o.head.scale*(sigmoid(t(0))-0.5) + 0.5 + col) / float64(o.Cols),
				Y: (o.head.scale*(sigmoid(t(1))-0.5) + 0.5 + row) / float64(o.Rows),
				W: anchor[1] * math.Exp(t(2)), H: anchor[0] * math.Exp(t(3)),
			}
			found = append(found, decode.Detection{Box: c.Box(), Score: seen * p, Class: class})
		}
	}
	return found
}

// surest returns the most probable class of a box.
func (o Output) surest(t func(int) float64) (class int, p float64) {
	for c := range o.head.classes {
		if t(5+c) > t(5+class) {
			class = c
		}
	}
	if !o.head.softmax {
		return class, sigmoid(t(5 + class))
	}
	sum := 0.0
	for c := range o.head.classes {
		sum += math.Exp(t(5+c) - t(5+class))
	}
	return class, 1 / sum
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
