package augment

import (
	"testing"

	"github.com/hocsau/hocsau/internal/golden"
)

func TestReference(t *testing.T) {
	golden.Run(t, "datasets/augment", func(t *testing.T, c *golden.Case) {
		in := c.Tensor("input.x")
		x := Image[float64]{Pix: in.F64, C: in.Shape[0], H: in.Shape[1], W: in.Shape[2]}
		p := c.Params
		var y Image[float64]
		var err error
		switch c.Op {
		case "flip":
			if p.String("axis") == "horizontal" {
				y, err = FlipHorizontal(x)
			} else {
				y, err = FlipVertical(x)
			}
		case "rotate":
			y, err = Rotate(x, p.Float("degrees"))
		case "crop":
			y, err = Crop(x, p.Int("top"), p.Int("left"), p.Int("height"), p.Int("width"))
		case "pad_crop":
			y, err = PadCrop(x, p.Int("pad"), p.Int("top"), p.Int("left"), p.Int("height"), p.Int("width"))
		case "cutout":
			y, err = Cutout(x, p.Int("top"), p.Int("left"), p.Int("height"), p.Int("width"), p.Float("fill"))
		case "brightness":
			y, err = Brightness(x, p.Float("factor"))
		case "contrast":
			y, err = Contrast(x, p.Float("factor"))
		case "normalize":
			y, err = Normalize(x, c.Tensor("input.mean").F64, c.Tensor("input.std").F64)
		case "color_shift":
			y, err = ColorShift(x, c.Tensor("input.shift").F64)
		case "add_noise":
			y, err = AddNoise(x, c.Tensor("input.noise").F64)
		case "hwc_to_chw":
			y, err = HWCToCHW(in.F64, in.Shape[0], in.Shape[1], in.Shape[2])
		case "resize":
			y, err = referenceResize(t, c, x)
		default:
			t.Fatalf("no test for %s", c.Op)
		}
		if err != nil {
			t.Fatal(err)
		}
		c.Check("output.y", y.Pix, []int{y.C, y.H, y.W})
	})
}

func referenceResize(t *testing.T, c *golden.Case, x Image[float64]) (Image[float64], error) {
	mode, ok := map[string]Mode{"bilinear": Bilinear, "nearest": Nearest, "nearest-exact": NearestExact}[c.Params.String("mode")]
	if !ok {
		t.Fatalf("no test for mode %s", c.Params.String("mode"))
	}
	switch {
	case mode == Bilinear && c.Params.Bool("align_corners"):
		mode = BilinearCorners
	case mode == Bilinear && c.Params.Bool("antialias"):
		mode = BilinearSmooth
	}
	y, err := Resize(x, c.Params.Int("height"), c.Params.Int("width"), mode)
	if err != nil || !c.Has("cotangent.y") {
		return y, err
	}
	gx, err := ResizeBackward(Image[float64]{Pix: c.Tensor("cotangent.y").F64, C: y.C, H: y.H, W: y.W}, x.H, x.W, mode)
	c.Check("grad.x", gx.Pix, []int{gx.C, gx.H, gx.W})
	return y, err
}
