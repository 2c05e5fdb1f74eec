package detect

import (
	"math/rand/v2"
	"sync"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/proposal"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// RegionsOpts are the settings of a [Regions].
type RegionsOpts struct {
	Options
	// Warp makes it an R-CNN, which warps each region to a picture of its own;
	// without, a Fast R-CNN, which pools regions from the maps of the whole.
	Warp   bool
	Search proposal.Options // for regions; zero values mean the usual ones
}

// cropSide is the size that an R-CNN warps a region to.
const cropSide = 32

// Regions is the task of R-CNN or Fast R-CNN: selective search proposes regions,
// the network says what each of them shows.
//
// Source: cheatsheet §1.6; arXiv:1311.2524, arXiv:1504.08083.
type Regions struct {
	feeder
	store   *graph.Store
	val     box.Pictures
	classes []string
	opts    RegionsOpts

	programs, eval *graph.Programs
	once           []sync.Once // of each training picture
	proposed       [][]box.Box
	failed         []error
	crops          []float32
	rois, aims     []float32
	terms          train.Metrics // of the last step
}

// The names of further inputs.
const (
	roisName = "rois"
	aimName  = "aim"
)

// NewRegions makes the task of training on pictures, with val, which may be nil,
// for validation. The regions of a training picture are searched once, and move
// with it in augmentation.
func NewRegions(store *graph.Store, pictures, val box.Pictures, o RegionsOpts) (*Regions, error) {
	r := &Regions{feeder: newFeeder(pictures, o.Options), store: store, val: val, opts: o, classes: pictures.Classes()}
	if err := checkSides(r.shape); err != nil {
		return nil, errors.Wrap(err, "regions")
	}
	if len(r.classes) == 0 {
		return nil, errors.New("regions: no classes, expected at least one")
	}
	if err := r.check(); err != nil {
		return nil, errors.Wrap(err, "regions")
	}
	n := pictures.Len()
	r.once, r.proposed, r.failed = make([]sync.Once, n), make([][]box.Box, n), make([]error, n)
	r.programs = graph.NewPrograms(store, graph.Train, r.build)
	r.eval = graph.NewPrograms(store, graph.Eval, r.build)
	return r, nil
}

// build makes the graph of a number of pictures; without Warp, Size.Length is the
// number of their regions in all.
func (r *Regions) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	var logits, t *graph.Node
	if r.opts.Warp {
		crops := g.Input(inputName, size.Length, r.shape[0], cropSide, cropSide)
		logits, t = zoo.NewRCNN(g.Scope(), cropSide, len(r.classes)).Forward(crops)
	} else {
		x := g.Input(inputName, append([]int{size.Batch}, r.shape...)...)
		logits, t = zoo.NewFastRCNN(g.Scope(), len(r.classes)).Forward(x, g.Input(roisName, size.Length, 5))
	}
	if g.Mode() == graph.Eval {
		return compile(nil, logits, t)
	}
	class, move := regionLoss(logits, t, g.Input(aimName, size.Length, aimColumns(len(r.classes))))
	return compile(class.Add(move), class, move)
}

// Store returns the parameters.
func (r *Regions) Store() *graph.Store { return r.store }

// Build makes the parameters.
func (r *Regions) Build() error {
	_, err := r.eval.For(r.size(1, evalRegions))
	return err
}

// size is that of a program: an R-CNN does not see the pictures.
func (r *Regions) size(pictures, regions int) graph.Size {
	if r.opts.Warp {
		pictures = 1
	}
	return graph.Size{Batch: pictures, Length: regions}
}

// regions returns the proposals for training picture i, as it is without
// augmentation.
func (r *Regions) regions(i int) ([]box.Box, error) {
	r.once[i].Do(func() {
		s := r.shape
		x := augment.NewImage[float32](s[0], s[1], s[2])
		if _, err := r.pictures.At(i, x.Pix); err != nil {
			r.failed[i] = err
			return
		}
		r.proposed[i], r.failed[i] = proposal.Search(x, r.opts.Search)
	})
	return r.proposed[i], r.failed[i]
}

// Step computes the loss and its gradients for the next batch.
func (r *Regions) Step(step int) (*graph.Program, int, error) {
	b, err := r.next()
	if err != nil {
		return nil, 0, err
	}
	prog, err := r.programs.For(r.size(b.n, b.n*regionsPerPicture))
	if err != nil {
		return nil, 0, err
	}
	if err := r.aim(b, step); err != nil {
		return nil, 0, err
	}
	prog.SetStep(step)
	if r.opts.Warp {
		err = prog.Run(prog.Input(inputName).Feed(r.crops), prog.Input(aimName).Feed(r.aims))
	} else {
		err = prog.Run(prog.Input(inputName).Feed(b.x), prog.Input(roisName).Feed(r.rois), prog.Input(aimName).Feed(r.aims))
	}
	r.terms = terms(prog, "class", "box")
	return prog, b.n, err
}

// aim draws the regions of a batch and fills what the step is fed with.
func (r *Regions) aim(b batch, step int) error {
	classes := len(r.classes)
	columns := aimColumns(classes)
	rows := b.n * regionsPerPicture
	r.begin(rows)
	r.aims = resized(r.aims, rows*columns)
	row := make([]float64, columns)
	for i, at := range b.index {
		regions, err := r.regions(at)
		if err != nil {
			return errors.Wrapf(err, "picture %d", at)
		}
		source := rand.New(rand.NewPCG(r.o.Seed^uint64(step)<<20, uint64(at)))
		for k, s := range choose(r.moved(regions, at), b.objects[i], regionsPerPicture, source) {
			n := i*regionsPerPicture + k
			r.place(b.x, i, n, s.box)
			clear(row)
			s.fill(row, classes)
			for c, v := range row {
				r.aims[n*columns+c] = float32(v)
			}
		}
	}
	return nil
}

// moved returns regions where augmentation puts them.
func (r *Regions) moved(regions []box.Box, index int) []box.Box {
	if r.o.Augment == nil {
		return regions
	}
	objects := make([]box.Object, len(regions))
	for i, b := range regions {
		objects[i].Box = b
	}
	var out []box.Box
	for _, o := range r.o.Augment.Objects(objects, r.epoch, index) {
		out = append(out, o.Box)
	}
	return out
}

// begin makes room for so many regions, which are nothing until they are placed.
func (r *Regions) begin(rows int) {
	if r.opts.Warp {
		r.crops = resized(r.crops, rows*r.shape[0]*cropSide*cropSide)
		return
	}
	r.rois = resized(r.rois, rows*5)
}

// place makes b, a share of picture i of x, region n.
func (r *Regions) place(x []float32, i, n int, b box.Box) {
	c, h, w := r.shape[0], r.shape[1], r.shape[2]
	if !r.opts.Warp {
		copy(r.rois[n*5:], []float32{float32(i), float32(b.X1 * float64(w)), float32(b.Y1 * float64(h)), float32(b.X2*float64(w) - 1), float32(b.Y2*float64(h) - 1)})
		return
	}
	size := c * cropSide * cropSide
	warp(x[i*c*h*w:(i+1)*c*h*w], c, h, w, b, r.crops[n*size:(n+1)*size])
}

// warp sets y [C, S, S] to the part b, shares, of the picture x [C, H, W], by
// linear interpolation between pixels.
func warp(x []float32, c, h, w int, b box.Box, y []float32) {
	near := func(lo, hi float64, k, n int) (i, j int, share float32) {
		v := (lo+(hi-lo)*(float64(k)+0.5)/cropSide)*float64(n) - 0.5
		v = min(max(v, 0), float64(n-1))
		i = int(v)
		return i, min(i+1, n-1), float32(v - float64(i))
	}
	for r := range cropSide {
		r0, r1, fr := near(b.Y1, b.Y2, r, h)
		for q := range cropSide {
			q0, q1, fq := near(b.X1, b.X2, q, w)
			for k := range c {
				p := x[k*h*w:][:h*w]
				top := p[r0*w+q0]*(1-fq) + p[r0*w+q1]*fq
				low := p[r1*w+q0]*(1-fq) + p[r1*w+q1]*fq
				y[(k*cropSide+r)*cropSide+q] = top*(1-fr) + low*fr
			}
		}
	}
}

// evalRegions is how many regions of a picture are looked at in detection.
const evalRegions = 300

// Detect implements [Detector]. The time of the search is part of it.
func (r *Regions) Detect(x []float32, n int, o decode.SuppressOptions) ([][]decode.Detection, error) {
	prog, err := r.eval.For(r.size(1, evalRegions))
	if err != nil {
		return nil, err
	}
	size := r.shape[0] * r.shape[1] * r.shape[2]
	search := r.opts.Search
	search.Most = evalRegions
	found := make([][]decode.Detection, n)
	for i := range n {
		picture := x[i*size : (i+1)*size]
		regions, err := proposal.Search(augment.Image[float32]{Pix: picture, C: r.shape[0], H: r.shape[1], W: r.shape[2]}, search)
		if err != nil {
			return nil, err
		}
		r.begin(evalRegions)
		for k, b := range regions {
			r.place(picture, 0, k, b)
		}
		feeds := []graph.Feed{prog.Input(inputName).Feed(r.crops)}
		if !r.opts.Warp {
			feeds = []graph.Feed{prog.Input(inputName).Feed(picture), prog.Input(roisName).Feed(r.rois)}
		}
		if err := prog.Run(feeds...); err != nil {
			return nil, err
		}
		if found[i], err = settle(regions, prog.Float32s(prog.Fetched(0)), prog.Float32s(prog.Fetched(1)), len(r.classes), o); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Validate returns val_map, val_map50, then the terms of the last batch's loss.
func (r *Regions) Validate() (train.Metrics, error) { return validate(r, r.val, r.terms) }

// Better reports whether an average precision is greater than the best.
func (r *Regions) Better(value, best float64) bool { return value > best }
