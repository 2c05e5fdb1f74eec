package box

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
)

// KMeans groups sizes by the distance 1 − IoU into k anchors, sorted by area, with the mean IoU of each
// size with its best anchor. The start is that of k-means++; a centre is the mean height, width of its group.
//
// Source: cheatsheet §1.6 (anchor boxes); arXiv:1612.08242 §2, "dimension clusters".
func KMeans(sizes []Size, k int, seed uint64) (anchors []Size, mean float64, err error) {
	for i, s := range sizes {
		if !(s.H > 0 && s.W > 0) || math.IsInf(s.H+s.W, 0) {
			return nil, 0, errors.Errorf("anchors: size %d is %v×%v, expected positive numbers", i, s.H, s.W)
		}
	}
	if k <= 0 || k > len(sizes) {
		return nil, 0, errors.Errorf("anchors: %d groups of %d sizes", k, len(sizes))
	}
	anchors = startCenters(sizes, k, rand.New(rand.NewPCG(seed, uint64(k))))
	group := make([]int, len(sizes))
	const rounds = 300 // it settles after some dozens
	for range rounds {
		changed := false
		for i, s := range sizes {
			if best, _ := nearest(s, anchors); best != group[i] {
				group[i], changed = best, true
			}
		}
		for j := range anchors {
			var sum Size
			n := 0.0
			for i, s := range sizes {
				if group[i] == j {
					sum.H, sum.W, n = sum.H+s.H, sum.W+s.W, n+1
				}
			}
			if n > 0 {
				anchors[j] = Size{H: sum.H / n, W: sum.W / n}
			}
		}
		if !changed {
			break
		}
	}
	slices.SortFunc(anchors, func(a, b Size) int {
		switch d := a.H*a.W - b.H*b.W; {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	for _, s := range sizes {
		_, iou := nearest(s, anchors)
		mean += iou / float64(len(sizes))
	}
	return anchors, mean, nil
}

// startCenters draws k sizes, each with a chance in proportion to its squared distance to those drawn before.
func startCenters(sizes []Size, k int, r *rand.Rand) []Size {
	centers := []Size{sizes[r.IntN(len(sizes))]}
	weights := make([]float64, len(sizes))
	for len(centers) < k {
		sum := 0.0
		for i, s := range sizes {
			_, iou := nearest(s, centers)
			weights[i] = (1 - iou) * (1 - iou)
			sum += weights[i]
		}
		pick := r.Float64() * sum
		at := 0
		for at < len(sizes)-1 && pick >= weights[at] {
			pick -= weights[at]
			at++
		}
		centers = append(centers, sizes[at])
	}
	return centers
}

// nearest returns the anchor with the largest IoU, the first of several.
func nearest(s Size, anchors []Size) (best int, iou float64) {
	iou = -1
	for j, a := range anchors {
		if v := ShapeIoU(s, a); v > iou {
			best, iou = j, v
		}
	}
	return best, iou
}

// Target is what Assign makes of the true boxes of one picture.
type Target struct {
	Y      []float64 // [rows, cols, k, 5 + p], each p_c, b_x, b_y, b_h, b_w, c_1 … c_p
	Places []Place   // where each box went
}

// Place is a cell of the grid with one of its anchors; all are −1 for a box that found no free one.
type Place struct{ Row, Col, Anchor int }

// Assign gives each true box, in order, to the cell that holds its middle,
//
//	row = ⌊b_y·rows⌋, col = ⌊b_x·cols⌋
//
// there to the free anchor with the largest ShapeIoU. Boxes, anchors are shares of the picture; label is
// the class 0 … p − 1 of each box. The targets b_x, b_y count from the cell's corner, b_h, b_w in cells.
//
// Source: cheatsheet §1.6 (YOLO).
func Assign(rows, cols int, anchors []Size, boxes []Center, labels []int, classes int) (Target, error) {
	k, p := len(anchors), classes
	if rows <= 0 || cols <= 0 || k == 0 || p < 0 {
		return Target{}, errors.Errorf("assign: grid %d×%d, %d anchors, %d classes", rows, cols, k, p)
	}
	if len(labels) != len(boxes) {
		return Target{}, errors.Errorf("assign: %d labels for %d boxes", len(labels), len(boxes))
	}
	t := Target{Y: make([]float64, rows*cols*k*(5+p)), Places: make([]Place, len(boxes))}
	for i, b := range boxes {
		if !(b.X >= 0 && b.X <= 1 && b.Y >= 0 && b.Y <= 1 && b.H > 0 && b.W > 0) {
			return Target{}, errors.Errorf("assign: box %d, %v: expected its middle in the picture, its sides above 0", i, b)
		}
		if labels[i] < 0 || labels[i] >= p {
			return Target{}, errors.Errorf("assign: box %d has class %d of %d", i, labels[i], p)
		}
		row, col := min(int(b.Y*float64(rows)), rows-1), min(int(b.X*float64(cols)), cols-1)
		t.Places[i] = Place{-1, -1, -1}
		best, bestIoU := -1, -1.0
		for a, s := range anchors {
			if taken := t.Y[((row*cols+col)*k+a)*(5+p)] != 0; taken {
				continue
			}
			if v := ShapeIoU(Size{b.H, b.W}, s); v > bestIoU {
				best, bestIoU = a, v
			}
		}
		if best < 0 {
			continue
		}
		t.Places[i] = Place{row, col, best}
		y := t.Y[((row*cols+col)*k+best)*(5+p):][:5+p]
		y[0] = 1
		y[1], y[2] = b.X*float64(cols)-float64(col), b.Y*float64(rows)-float64(row)
		y[3], y[4] = b.H*float64(rows), b.W*float64(cols)
		y[5+labels[i]] = 1
	}
	return t, nil
}
