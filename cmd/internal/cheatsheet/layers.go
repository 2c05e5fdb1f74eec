package cheatsheet

import (
	"fmt"
	"strings"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
)

// layers are the rows of §1.1 to §1.4.
func layers() []Item {
	return []Item{
		{
			ID: "1.1", Name: "Architecture of a CNN", NameVI: "Kiến trúc truyền thống của một mạng CNN",
			About:     "Convolutions and poolings turn a picture into features, fully connected layers turn the features into an answer.",
			AboutVI:   "Các tầng tích chập và pooling rút ra đặc trưng của hình ảnh, các tầng kết nối đầy đủ cho ra câu trả lời.",
			Formula:   "input → CONV → POOL → … → FC",
			FormulaVI: "đầu vào → CONV → POOL → … → FC",
			Symbol:    "zoo.LeNet", Test: "zoo.TestSection1_1_Architecture", Show: "hocsau summary lenet",
			worked: workedLeNet,
		},
		{
			ID: "1.2a", Name: "Convolution layer (CONV)", NameVI: "Tầng tích chập (CONV)",
			About:   "Filters of size F × F slide over the input with stride S; each writes a feature map. The same in one and three dimensions.",
			AboutVI: "Các bộ lọc kích thước F × F trượt trên đầu vào với độ trượt S, mỗi bộ lọc cho ra một feature map. Một chiều và ba chiều cũng vậy.",
			Formula: "O_ij = Σ_c Σ_uv w_cuv · I_c,iS+u,jS+v + b",
			Symbol:  "graph/nn.Conv2d", Also: []string{"graph/nn.Conv1d", "graph/nn.Conv3d"},
			Test: "graph.TestSection1_2_Convolution", Show: "notebooks/01-convolution.ipynb",
			worked: workedConvolution,
		},
		{
			ID: "1.2b", Name: "Pooling (POOL)", NameVI: "Tầng pooling (POOL)",
			About:   "Keeps the maximum or the mean of each window, so that a small shift of the picture changes little.",
			AboutVI: "Giữ lại giá trị lớn nhất hoặc trung bình của mỗi khu vực, nhờ đó tăng tính bất biến không gian.",
			Formula: "max pooling: O_ij = max_uv I_iS+u,jS+v; average pooling: O_ij = 1/F² · Σ_uv I_iS+u,jS+v",
			Symbol:  "graph.Node.MaxPool2d", Also: []string{"graph.Node.AvgPool2d"},
			Test: "graph.TestSection1_2_Pooling", Show: "notebooks/02-lenet.ipynb",
			worked: workedPooling,
		},
		{
			ID: "1.2c", Name: "Fully connected layer (FC)", NameVI: "Tầng kết nối đầy đủ (FC)",
			About:     "The input is flattened; every neuron is connected to every one of its numbers.",
			AboutVI:   "Đầu vào được làm phẳng; mỗi đầu vào được kết nối đến tất cả nơ-ron.",
			Formula:   "y = W·x + b, x flattened",
			FormulaVI: "y = W·x + b, x đã làm phẳng",
			Symbol:    "graph/nn.Linear", Also: []string{"graph.Node.Flatten"},
			Test: "graph.TestSection1_2_FullyConnected", Show: "hocsau summary lenet",
			worked: func(Lang) (string, error) {
				d := newDesk()
				fc := nn.NewLinear(d.g.Scope().At("fc"), 2, 3)
				d.set("fc.weight", 1, -1, 2, 0, 0, 3)
				d.set("fc.bias", 0, 10, 100)
				v, err := d.compute(fc.Forward(d.input("x", []float64{1, 2}, 1, 1, 1, 2).Flatten()))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("x = (1, 2), W = (1 −1; 2 0; 0 3), b = (0, 10, 100): y = (%s)", nums(v[0]...)), nil
			},
		},
		{
			ID: "1.3a", Name: "Dimensions of a filter", NameVI: "Các chiều của một bộ lọc",
			About:     "A filter spans all C channels of its input; K filters give K feature maps.",
			AboutVI:   "Một bộ lọc áp dụng lên đầu vào chứa C kênh có kích thước tổng thể F × F × C; K bộ lọc cho ra K feature map.",
			Formula:   "K filters F×F×C on I×I×C → O×O×K",
			FormulaVI: "K bộ lọc F×F×C trên I×I×C → O×O×K",
			Symbol:    "graph/nn.NewConv2d", Test: "graph/nn.TestSection1_3_FilterDimensions", Show: "hocsau summary lenet",
			worked: func(Lang) (string, error) {
				g := newDesk().g
				c := nn.NewConv2d(g.Scope(), 3, 10, 5, nn.ConvOpts{})
				y := c.Forward(g.Input("x", 1, 3, 32, 32))
				return fmt.Sprintf("I = 32, C = 3, F = 5, K = 10: W %s, %s → %s", shape(c.Weight.Shape()), "[1, 3, 32, 32]", shape(y.Shape())), g.Err()
			},
		},
		{
			ID: "1.3b", Name: "Stride", NameVI: "Độ trượt (stride)",
			About:     "By how many pixels the window moves from one place to the next.",
			AboutVI:   "Số pixel mà cửa sổ sẽ di chuyển sau mỗi lần thực hiện phép tính.",
			Formula:   "the window of place k begins at pixel k·S − P_start",
			FormulaVI: "cửa sổ thứ k bắt đầu ở pixel k·S − P_start",
			Symbol:    "graph/nn.ConvOpts", Also: []string{"graph.PoolOpts"},
			Test: "graph.TestSection1_3_Stride", Show: "hocsau summary squeezenet",
			worked: func(Lang) (string, error) {
				parts := make([]string, 3)
				for i := range parts {
					g := newDesk().g
					y := nn.NewConv1d(g.Scope(), 1, 1, 3, nn.ConvOpts{Stride: i + 1}).Forward(g.Input("x", 1, 1, 7))
					if err := g.Err(); err != nil {
						return "", err
					}
					parts[i] = fmt.Sprintf("S = %d: O = %d", i+1, y.Dim(2))
				}
				return "I = 7, F = 3; " + strings.Join(parts, "; "), nil
			},
		},
		{
			ID: "1.3c", Name: "Zero-padding: Valid", NameVI: "Zero-padding: Valid (không sử dụng padding)",
			About:   "No padding; a last window that does not fit is dropped.",
			AboutVI: "Không sử dụng padding; bỏ phép tích chập cuối nếu số chiều không khớp.",
			Formula: "P = 0",
			Symbol:  "graph/nn.Valid", Test: "graph.TestSection1_3_Padding", Show: "notebooks/01-convolution.ipynb",
			worked: func(Lang) (string, error) { return padded(nn.Valid, 8, 3, 2, 0) },
		},
		{
			ID: "1.3d", Name: "Zero-padding: Same", NameVI: "Zero-padding: Same (cùng kích thước)",
			About:   "So many zeros that the feature map has size ⌈I/S⌉; also called half padding.",
			AboutVI: "Sử dụng padding để feature map có kích thước ⌈I/S⌉; còn được gọi là 'half' padding.",
			Formula: "P_start = ⌊(S⌈I/S⌉ − I + F − S)/2⌋, P_end = ⌈(S⌈I/S⌉ − I + F − S)/2⌉, O = ⌈I/S⌉",
			Symbol:  "graph/nn.SamePad", Also: []string{"graph/nn.Same"},
			Test: "graph/nn.TestSection1_3_SamePad", Show: "notebooks/01-convolution.ipynb",
			worked: func(Lang) (string, error) {
				start, end := nn.SamePad(6, 3, 2, 1)
				o, err := nn.OutputSize(6, 3, 2, start, end)
				return fmt.Sprintf("I = 6, F = 3, S = 2: P_start = %d, P_end = %d, O = %d", start, end, o), err
			},
		},
		{
			ID: "1.3e", Name: "Zero-padding: Full", NameVI: "Zero-padding: Full (padding tối đa)",
			About:   "The most padding that makes sense: the filter sees every corner of the input.",
			AboutVI: "Padding tối đa sao cho bộ lọc 'thấy' được đầu vào từ đầu đến cuối.",
			Formula: "P_start ∈ [0, F − 1], P_end = F − 1",
			Symbol:  "graph/nn.FullPad", Also: []string{"graph/nn.Full"},
			Test: "graph/nn.TestSection1_3_Full", Show: "notebooks/01-convolution.ipynb",
			worked: func(Lang) (string, error) { return padded(nn.Full, 4, 3, 1, 2) },
		},
		{
			ID: "1.4a", Name: "Size of a feature map", NameVI: "Tính tương thích của tham số trong tầng tích chập",
			About:   "Length of input, filter, padding and stride give the length of the feature map.",
			AboutVI: "Từ độ dài đầu vào, độ dài bộ lọc, số lượng zero padding và độ trượt tính được độ dài của feature map.",
			Formula: "O = (I − F + P_start + P_end)/S + 1",
			Symbol:  "graph/nn.OutputSize", Test: "graph/nn.TestSection1_4_OutputSize", Show: "hocsau summary lenet",
			worked: func(Lang) (string, error) {
				o, err := nn.OutputSize(224, 7, 2, 3, 3)
				return fmt.Sprintf("I = 224, F = 7, P_start = P_end = 3, S = 2: O = %d", o), err
			},
		},
		{
			ID: "1.4b", Name: "Number of parameters", NameVI: "Độ phức tạp của mô hình: số lượng tham số",
			About:   "How complex a model is: the number of its parameters, layer by layer.",
			AboutVI: "Để đánh giá độ phức tạp của một mô hình, ta đếm số tham số của từng tầng.",
			Formula: "CONV: (F·F·C + 1)·K, POOL: 0, FC: (N_in + 1)·N_out",
			Symbol:  "graph/nn.ConvParameters", Also: []string{"graph/nn.LinearParameters", "graph.Graph.Layers"},
			Test: "graph/nn.TestSection1_4_LayerParameters", Show: "hocsau summary lenet",
			worked: func(Lang) (string, error) {
				return fmt.Sprintf("CONV F = 5, C = 3, K = 10: %d; FC N_in = 400, N_out = 120: %d", nn.ConvParameters(5, 3, 10), nn.LinearParameters(400, 120)), nil
			},
		},
		{
			ID: "1.4c", Name: "Receptive field", NameVI: "Trường thụ cảm (receptive field)",
			About:   "The part of the input that one element of layer k sees.",
			AboutVI: "Vùng R_k × R_k của đầu vào mà một pixel của activation map thứ k có thể \"nhìn thấy\".",
			Formula: "R_k = 1 + Σ_{j=1..k} (F_j − 1) · Π_{i=0..j−1} S_i, S_0 = 1",
			Symbol:  "graph/nn.ReceptiveField", Test: "graph/nn.TestSection1_4_ReceptiveField", Show: "hocsau summary lenet",
			worked: func(Lang) (string, error) {
				r, err := nn.ReceptiveField([]int{3, 3}, []int{1, 1})
				if err != nil {
					return "", err
				}
				deep, err := nn.ReceptiveField([]int{3, 3, 3}, []int{1, 2, 1})
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("F = 3, 3, S = 1, 1: R_2 = %d; F = 3, 3, 3, S = 1, 2, 1: R_3 = %d", r[1], deep[2]), nil
			},
		},
	}
}

// workedLeNet writes the layers of a LeNet with their shapes.
func workedLeNet(Lang) (string, error) {
	store := graph.NewStore(graph.Float32, 1)
	store.Sketch()
	g := graph.New(store, graph.Eval)
	y := zoo.NewLeNet(g.Scope(), 10).Forward(g.Input("x", 1, 1, 28, 28))
	if err := g.Err(); err != nil {
		return "", err
	}
	parts := []string{"1×28×28"}
	for _, l := range g.Layers(y) {
		for name, kind := range map[string]string{"Conv2d": "CONV", "MaxPool2d": "POOL", "Linear": "FC"} {
			if strings.HasPrefix(l.Operation, name) {
				parts = append(parts, kind+" "+strings.Join(ints(l.Output[1:]), "×"))
			}
		}
	}
	return "LeNet-5: " + strings.Join(parts, " → "), nil
}

func workedConvolution(Lang) (string, error) {
	d := newDesk()
	x := d.input("x", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 1, 3, 3)
	line := d.input("line", []float64{1, 2, 4, 8}, 1, 1, 4)
	plane := nn.NewConv2d(d.g.Scope().At("plane"), 1, 1, 2, nn.ConvOpts{NoBias: true})
	row := nn.NewConv1d(d.g.Scope().At("row"), 1, 1, 2, nn.ConvOpts{NoBias: true})
	d.set("plane.weight", 1, 0, 0, -1)
	d.set("row.weight", 1, 10)
	v, err := d.compute(plane.Forward(x), row.Forward(line))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("I = (1 2 3; 4 5 6; 7 8 9), w = (1 0; 0 −1): O = (%s); 1D: I = (1, 2, 4, 8), w = (1, 10): O = (%s)", nums(v[0]...), nums(v[1]...)), nil
}

func workedPooling(Lang) (string, error) {
	d := newDesk()
	x := d.input("x", []float64{1, 5, 2, 0, 3, 4, 8, 6}, 1, 1, 2, 4)
	v, err := d.compute(x.MaxPool2d(2), x.AvgPool2d(2))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("I = (1 5 2 0; 3 4 8 6), F = S = 2: max (%s), avg (%s)", nums(v[0]...), nums(v[1]...)), nil
}

// padded convolves a row of ones with ones: each place tells how much of the
// input its window sees.
func padded(mode nn.Padding, input, filter, stride, start int) (string, error) {
	d := newDesk()
	ones := make([]float64, input)
	for i := range ones {
		ones[i] = 1
	}
	c := nn.NewConv1d(d.g.Scope(), 1, 1, filter, nn.ConvOpts{Padding: mode, Stride: stride, PadStart: start, NoBias: true})
	d.set("weight", ones[:filter]...)
	v, err := d.compute(c.Forward(d.input("x", ones, 1, 1, input)))
	if err != nil {
		return "", err
	}
	pads := "P = 0"
	if mode == nn.Full {
		first, last, err := nn.FullPad(filter, start)
		if err != nil {
			return "", err
		}
		pads = fmt.Sprintf("P_start = %d, P_end = %d", first, last)
	}
	return fmt.Sprintf("I = %d, F = %d, S = %d: %s, O = %d; 1 ∗ 1 = (%s)", input, filter, stride, pads, len(v[0]), nums(v[0]...)), nil
}
