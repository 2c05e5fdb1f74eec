package box

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/hocsau/hocsau/datasets/image"
	"github.com/pkg/errors"
)

// head is what a picture's file says of itself.
type head struct {
	width, height int // as seen
	orientation   int // EXIF
	err           error
}

// readHeads reads the heads of picture files.
func readHeads(paths []string) []head {
	heads := make([]head, len(paths))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				h := &heads[i]
				h.width, h.height, h.orientation, h.err = image.Oriented(paths[i], image.Options{})
			}
		})
	}
	for i := range paths {
		next <- i
	}
	close(next)
	workers.Wait()
	return heads
}

// frame is the frame that an annotation's boxes were drawn in.
type frame int

const (
	seen     frame = iota // the picture as it is seen
	stored                // the picture as it is stored, before EXIF turns it
	untold                // the sizes do not tell which of the two
	mismatch              // the annotation speaks of another picture
)

// frameOf decides by the size that an annotation states. Tools that turn pictures state the sides as seen, those that
// do not state them as stored; pictures that were made smaller keep their proportions.
func (h head) frameOf(width, height int) frame {
	if width == 0 || height == 0 {
		if h.orientation == 1 {
			return seen
		}
		return untold
	}
	like := func(w, h int) bool {
		const rounding = 0.02 // of sides that were scaled
		a, b := float64(width)*float64(h), float64(height)*float64(w)
		return max(a, b)-min(a, b) <= rounding*max(a, b)
	}
	exact := func(w, h int) bool { return width == w && height == h }
	switch {
	case h.orientation == 1 && like(h.width, h.height):
		return seen
	case h.orientation == 1:
		return mismatch
	case h.orientation < 5 && like(h.width, h.height), h.width == h.height && like(1, 1):
		return untold
	case h.orientation < 5:
		return mismatch
	case exact(h.width, h.height):
		return seen
	case exact(h.height, h.width):
		return stored
	case like(h.width, h.height) && like(h.height, h.width):
		return untold
	case like(h.width, h.height):
		return seen
	case like(h.height, h.width):
		return stored
	}
	return mismatch
}

// turned returns a box of the stored picture of width×height pixels where EXIF orientation o puts it.
func (b Box) turned(o int, width, height float64) Box {
	mirrored := func(b Box) Box { return Box{X1: width - b.X2, Y1: b.Y1, X2: width - b.X1, Y2: b.Y2} }
	upended := func(b Box) Box { return Box{X1: b.X1, Y1: height - b.Y2, X2: b.X2, Y2: height - b.Y1} }
	transposed := func(b Box) Box { return Box{X1: b.Y1, Y1: b.X1, X2: b.Y2, Y2: b.X2} }
	switch o {
	case 2:
		return mirrored(b)
	case 3:
		return mirrored(upended(b))
	case 4:
		return upended(b)
	case 5:
		return transposed(b)
	case 6:
		return transposed(upended(b))
	case 7:
		return transposed(mirrored(upended(b)))
	case 8:
		return transposed(mirrored(b))
	}
	return b
}

// stand brings the boxes of all items into the frame in which their pictures are seen, and leaves out pictures that
// cannot be read.
func (s *Set) stand() {
	paths := make([]string, len(s.Items))
	for i, a := range s.Items {
		paths[i] = a.Image
	}
	var unsure doubts
	kept := s.Items[:0]
	for i, h := range readHeads(paths) {
		a := s.Items[i]
		if h.err != nil {
			s.report(a.Image, errors.Cause(h.err).Error()+"; dropped")
			continue
		}
		switch h.frameOf(a.Width, a.Height) {
		case stored:
			for k, o := range a.Objects {
				a.Objects[k].Box = o.Box.turned(h.orientation, float64(a.Width), float64(a.Height))
			}
			a.Width, a.Height = a.Height, a.Width
		case untold:
			unsure.add(a.Image, h.orientation)
		case mismatch:
			s.report(a.Image, fmt.Sprintf("the annotation speaks of %d×%d, the picture has %d×%d; boxes are stretched to it", a.Width, a.Height, h.width, h.height))
		}
		kept = append(kept, a)
	}
	s.Items = kept
	s.reportDoubts(unsure)
}

// doubts are pictures that EXIF turns and whose annotation does not tell in which frame it was drawn.
type doubts struct {
	count int
	first string
	o     int
}

func (d *doubts) add(path string, orientation int) {
	if d.count++; d.count == 1 {
		d.first, d.o = path, orientation
	}
}

// reportDoubts says it once for all.
func (s *Set) reportDoubts(d doubts) {
	if d.count > 0 {
		s.report(d.first, fmt.Sprintf("EXIF turns %d %s (here orientation %d) and the annotation does not tell whether boxes were drawn on the picture before or after; after is taken",
			d.count, plural(d.count, "picture"), d.o))
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}
