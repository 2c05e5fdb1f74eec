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
	"github.com/hocsau/hocsau/zoo/detector"
)

// RegionsOpts are the settings of a [Regions].
type RegionsOpts struct {
	Options
	// Warp makes it an R-CNN, which warps each region to a picture of its own;
	// without, a Fast R-CNN, which pools regions from the maps of the whole.
	Warp   bool
	Search proposal.Options // for regions; zero values mean the usual ones
}

// Regions is the task of R-CNN or Fast R-CNN: selective search proposes regions,
// the network says what each of them shows.
//
// Source: cheatsheet §1.6; arXiv:1311.2524, arXiv:1504.08083.
type Regions struct {
	feeder
	*detector.Regions
	store   *graph.Store
	val     box.Pictures
	classes []string
	opts    RegionsOpts

	programs *graph.Programs
	once     []sync.Once // of each training picture
	proposed [][]box.Box
	failed   []error
	place    detector.Placer
	aims     []float32
}

// aimName is the name of the input with what regions are to be.
const aimName = "aim"

// NewRegions makes the task of training on pictures, with val, which may be nil,
// for validation. The regions of a training picture are searched once, and move
// with it in augmentation.
func NewRegions(store *graph.Store, pictures, val box.Pictures, o RegionsOpts) (*Regions, error) {
	r := &Regions{feeder: newFeeder(pictures, o.Options), store: store, val: val, opts: o, classes: pictures.Classes()}
	r.place = detector.Placer{Shape: r.shape, Warp: o.Warp}
	if err := detector.CheckSides(r.shape); err != nil {
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
	r.Regions = detector.NewRegions(store, r.shape, len(r.classes), o.Warp, o.Search)
	return r, nil
}

// build makes the graph of a training step.
func (r *Regions) build(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
	logits, t := detector.RegionNetwork(g, r.shape, len(r.classes), r.opts.Warp, size)
	class, move := regionLoss(logits, t, g.Input(aimName, size.Length, aimColumns(len(r.classes))))
	return compile(class.Add(move), class, move)
}

// Store returns the parameters.
func (r *Regions) Store() *graph.Store { return r.store }

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
		err = prog.Run(prog.Input(inputName).Feed(r.place.Crops), prog.Input(aimName).Feed(r.aims))
	} else {
		err = prog.Run(prog.Input(inputName).Feed(b.x), prog.Input(detector.RoisName).Feed(r.place.Rois), prog.Input(aimName).Feed(r.aims))
	}
	if err == nil {
		r.note(prog, b.n, "class", "box")
	}
	return prog, b.n, err
}

// aim draws the regions of a batch and fills what the step is fed with.
func (r *Regions) aim(b batch, step int) error {
	classes := len(r.classes)
	columns := aimColumns(classes)
	rows := b.n * regionsPerPicture
	r.place.Begin(rows)
	r.aims = resized(r.aims, rows*columns)
	row := make([]float64, columns)
	for i, at := range b.index {
		regions, err := r.regions(at)
		if err != nil {
			return errors.Wrapf(err, "picture %d", at)
		}
		source := rand.New(rand.NewPCG(r.o.Seed^uint64(step)<<20, uint64(at)))
		for k, s := range choose(r.moved(regions, at), b.objects[i], b.crowds[i], regionsPerPicture, source) {
			n := i*regionsPerPicture + k
			r.place.Put(b.x, i, n, s.box)
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

// Validate returns val_map, val_map50, then the terms of the training loss, each its
// mean over the epoch.
func (r *Regions) Validate() (train.Metrics, error) { return validate(r, r.val, r.means()) }

// Better reports whether an average precision is greater than the best.
func (r *Regions) Better(value, best float64) bool { return value > best }
