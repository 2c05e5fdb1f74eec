package plot

import (
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"io"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/atomicfile"
)

// WriteGIF replaces the file path by an animation that shows the frames in turn,
// each for so long, the last for two seconds, again and again. The frames have
// one size. Grey frames keep 256 greys; of coloured ones each has the colours of
// a common palette, mixed by Floyd and Steinberg's way.
func WriteGIF(path string, frames []image.Image, each time.Duration) error {
	const last = 2 * time.Second
	if len(frames) == 0 {
		return errors.New("write gif: no frames")
	}
	g := &gif.GIF{}
	for i, f := range frames {
		if f.Bounds().Size() != frames[0].Bounds().Size() {
			return errors.Errorf("write gif: frame %d is %v, expected %v as the first", i, f.Bounds().Size(), frames[0].Bounds().Size())
		}
		delay := each
		if i == len(frames)-1 {
			delay = max(each, last)
		}
		g.Image = append(g.Image, paletted(f))
		g.Delay = append(g.Delay, int(delay/(10*time.Millisecond)))
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		return errors.Wrap(gif.EncodeAll(w, g), "encode gif")
	})
}

// paletted returns f in 256 colours.
func paletted(f image.Image) *image.Paletted {
	to := image.Rectangle{Max: f.Bounds().Size()}
	if isGrey(f) {
		p := image.NewPaletted(to, greys())
		for y := range to.Dy() {
			for x := range to.Dx() {
				v := color.GrayModel.Convert(f.At(f.Bounds().Min.X+x, f.Bounds().Min.Y+y)).(color.Gray)
				p.SetColorIndex(x, y, v.Y)
			}
		}
		return p
	}
	p := image.NewPaletted(to, palette.Plan9)
	draw.FloydSteinberg.Draw(p, to, f, f.Bounds().Min)
	return p
}

func isGrey(f image.Image) bool {
	b := f.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, g, b, _ := f.At(x, y).RGBA(); r != g || g != b {
				return false
			}
		}
	}
	return true
}

func greys() color.Palette {
	p := make(color.Palette, 256)
	for i := range p {
		p[i] = color.Gray{uint8(i)}
	}
	return p
}
