package graph

import (
	"math"

	"gorgonia.org/gorgonia"
)

// field is the receptive field of an element along height and width:
//
//	R_k = 1 + Σ_{j=1..k} (F_j − 1) Π_{i=0..j−1} S_i, S_0 = 1
//
// Where branches meet it is the largest.
//
// Source: cheatsheet §1.4.
type field struct {
	size [2]float64 // R; 0 where the input is no picture
	jump [2]float64 // Π S: how far elements side by side lie apart in the picture
}

// windowed is a kernel that slides a window over a plane.
type windowed interface {
	window() (kernel, stride, padStart, padEnd [2]int)
}

func (k *convolution) window() (kernel, stride, padStart, padEnd [2]int) {
	if k.rank != 2 {
		return
	}
	s := k.shape
	return [2]int(s.Kernel[1:]), [2]int(s.Stride[1:]), [2]int(s.PadStart[1:]), [2]int(s.PadEnd[1:])
}

func (k *maxPool) window() (kernel, stride, padStart, padEnd [2]int) {
	if k.rank != 2 {
		return
	}
	s := k.shape
	return [2]int(s.Kernel[1:]), [2]int(s.Stride[1:]), [2]int(s.PadStart[1:]), [2]int(s.PadEnd[1:])
}

func (k *avgPool) window() (kernel, stride, padStart, padEnd [2]int) {
	if k.rank != 2 {
		return
	}
	s := k.shape
	return [2]int(s.Kernel[1:]), [2]int(s.Stride[1:]), [2]int(s.PadStart[1:]), [2]int(s.PadEnd[1:])
}

func fieldOfInput(shape []int) field {
	if len(shape) != 4 {
		return field{}
	}
	return field{size: [2]float64{1, 1}, jump: [2]float64{1, 1}}
}

// join is the field of an element that depends on one with field f and one with
// field o.
func (f field) join(o field) field {
	for i := range f.size {
		f.size[i], f.jump[i] = max(f.size[i], o.size[i]), max(f.jump[i], o.jump[i])
	}
	return f
}

// behind is the field of an element of node, which the kernel makes of elements
// with field f.
func (f field) behind(k kernel, node *gorgonia.Node) field {
	if f.size[0] == 0 {
		return f
	}
	var in []int
	for _, c := range children(node) {
		if len(c.Shape()) == 4 {
			in = c.Shape()
			break
		}
	}
	if in == nil { // behind the last plane: all of it is seen already
		return f
	}
	out := node.Shape()
	for i := range f.size {
		window, step := 1.0, 1.0 // F and S
		switch k := k.(type) {
		case *convolution:
			s := &k.shape
			window, step = float64(s.Dilation[1+i]*(s.Kernel[1+i]-1)+1), float64(s.Stride[1+i])
		case *convTranspose:
			s := &k.k.shape
			window = math.Ceil(float64(s.Dilation[1+i]*(s.Kernel[1+i]-1)+1) / float64(s.Stride[1+i]))
			step = 1 / float64(s.Stride[1+i])
		case *maxPool:
			window, step = float64(k.shape.Kernel[1+i]), float64(k.shape.Stride[1+i])
		case *avgPool:
			window, step = float64(k.shape.Kernel[1+i]), float64(k.shape.Stride[1+i])
		case adaptiveAvgPool:
			window, step = math.Ceil(float64(k.in[i])/float64(k.out[i])), float64(k.in[i])/float64(k.out[i])
		case *subsample:
			step = math.Ceil(float64(in[2+i]) / float64(out[2+i]))
		case *nearest:
			step = float64(k.in[1+i]) / float64(k.out[1+i])
		default:
			if len(out) < 4 { // a mean over the plane, or the plane as one row of numbers
				window = float64(in[2+i])
			}
		}
		f.size[i] += (window - 1) * f.jump[i]
		f.jump[i] *= step
	}
	return f
}

// whole is the field in full rows and columns.
func (f field) whole() [2]int {
	return [2]int{int(math.Ceil(f.size[0])), int(math.Ceil(f.size[1]))}
}
