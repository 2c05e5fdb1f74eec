package detect

import (
	"math/rand/v2"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/zoo/detector"
)

// The settings of all networks that look at regions.
const (
	// regionsPerPicture is how many a picture is trained with, R.
	regionsPerPicture = 64
	// objectShare is how many of them show an object, at most.
	objectShare = 0.25
	// objectIoU is the overlap with a true box from which on a region shows it.
	objectIoU = 0.5
	// hardIoU is the overlap from which on background is looked at first.
	hardIoU = 0.1
)

// sample is a region to train with.
type sample struct {
	box   box.Box
	class int        // −1 for background
	t     [4]float64 // of an object
}

// choose draws at most n of the regions: those that overlap a true box, and
// background, the hard one first. True boxes count as regions; what lies in a
// crowd is no background.
func choose(regions []box.Box, truths []object, crowds []box.Box, n int, r *rand.Rand) []sample {
	var objects, hard, easy []sample
	for i := range len(regions) + len(truths) {
		var b box.Box
		if i < len(regions) {
			b = regions[i]
		} else {
			b = truths[i-len(regions)].box
		}
		if !b.Valid() {
			continue
		}
		best, iou := -1, 0.0
		for k, o := range truths {
			if v := box.IoU(b, o.box); v > iou {
				best, iou = k, v
			}
		}
		switch {
		case iou >= objectIoU:
			s := sample{box: b, class: truths[best].class}
			t, err := box.Encode(b, truths[best].box)
			if err != nil {
				continue // both were valid
			}
			scale := detector.SideScale()
			for k := range t {
				s.t[k] = t[k] / scale[k]
			}
			objects = append(objects, s)
		case inCrowd(b, crowds):
		case iou >= hardIoU:
			hard = append(hard, sample{box: b, class: -1})
		default:
			easy = append(easy, sample{box: b, class: -1})
		}
	}
	mix := func(s []sample) { r.Shuffle(len(s), func(i, k int) { s[i], s[k] = s[k], s[i] }) }
	mix(objects)
	mix(hard)
	mix(easy)
	chosen := objects[:min(len(objects), int(objectShare*float64(n)))]
	chosen = append(chosen[:len(chosen):len(chosen)], hard[:min(len(hard), (n-len(chosen)+1)/2)]...)
	return append(chosen, easy[:min(len(easy), n-len(chosen))]...)
}

// The columns of a row that says what a region is to be: one-hot over background
// and classes, whether it is an object, four moves.
func aimColumns(classes int) int { return 1 + classes + 1 + 4 }

// fill writes what a sample is to be into a row of aimColumns.
func (s sample) fill(row []float64, classes int) {
	row[1+s.class] = 1
	if s.class >= 0 {
		row[1+classes] = 1
		copy(row[2+classes:], s.t[:])
	}
}

// regionLoss is the loss of logits [M, 1 + p], moves t [M, p, 4] for aims
// [M, aimColumns(p)],
//
//	(Σ H(softmax(logits), class) + Σ_object smoothL1(t_class − t*)) / M
//
// Rows of 0 cost nothing.
//
// Source: arXiv:1504.08083 eq. 1.
func regionLoss(logits, t, aim *graph.Node) (class, move *graph.Node) {
	m, p := logits.Dim(0), logits.Dim(1)-1
	truth := aim.Slice(1, 0, 1+p)
	class = losses.CrossEntropyDistribution(logits, truth, losses.CrossEntropyOpts{Reduction: losses.Sum}).Scale(1 / float64(m))
	own := t.Mul(truth.Slice(1, 1, 1+p).Reshape(m, p, 1)).Sum(1) // [M, 4]: the moves for the true class
	object := aim.Slice(1, 1+p, 2+p)                             // [M, 1]
	move = losses.SmoothL1(own, aim.Slice(1, 2+p, 6+p), losses.Opts{Reduction: losses.None}).Mul(object).Sum().Scale(1 / float64(m))
	return class, move
}
