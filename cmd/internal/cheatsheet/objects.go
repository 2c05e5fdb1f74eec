package cheatsheet

import (
	"fmt"
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/proposal"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// objects are the rows of §1.6 before its parts.
func objects() []Item {
	return []Item{
		{
			ID: "1.6a", Name: "Image classification", NameVI: "Phân loại hình ảnh",
			About:     "Says what a picture shows, with a probability: a classical CNN.",
			AboutVI:   "Phân loại một tấm ảnh, dự đoán xác suất của một vật thể: CNN cổ điển.",
			Formula:   "picture → p ∈ R^classes",
			FormulaVI: "ảnh → p ∈ R^số lớp",
			Symbol:    "solvers/train.Classifier", Also: []string{"zoo.LeNet"},
			Test: "zoo.TestModels_learnOneBatch", Show: "hocsau train lenet --epochs 1",
			worked: func(l Lang) (string, error) {
				return sized(l, "LeNet-5", []int{1, 1, 28, 28}, func(g *graph.Graph, x *graph.Node) *graph.Node {
					return zoo.NewLeNet(g.Scope(), 10).Forward(x)
				})
			},
		},
		{
			ID: "1.6b", Name: "Classification with localisation", NameVI: "Phân loại cùng với khoanh vùng",
			About:     "Says what the one object of a picture is, and where: a simplified YOLO.",
			AboutVI:   "Phát hiện một vật thể trong ảnh, dự đoán xác suất của vật thể và định vị nó: YOLO đơn giản hóa.",
			Formula:   "picture → y = [p_c, b_x, b_y, b_h, b_w, c_1, …, c_p]",
			FormulaVI: "ảnh → y = [p_c, b_x, b_y, b_h, b_w, c_1, …, c_p]",
			Symbol:    "zoo.Localiser", Also: []string{"losses.Localise"},
			Test: "solvers/train/detect.TestLocaliser_learns", Show: "hocsau train localiser --epochs 1",
			worked: func(l Lang) (string, error) {
				return sized(l, "p = 9", []int{1, 3, 64, 64}, func(g *graph.Graph, x *graph.Node) *graph.Node {
					return zoo.NewLocaliser(g.Scope(), 64, 64, 9).Forward(x)
				})
			},
		},
		{
			ID: "1.6c", Name: "Detection", NameVI: "Phát hiện nhiều vật thể trong cùng một tấm ảnh",
			About:     "Finds several objects in one picture, each with its probability and its place: YOLO, R-CNN.",
			AboutVI:   "Phát hiện nhiều vật thể trong cùng một tấm ảnh, dự đoán xác suất của các vật thể và định vị chúng: YOLO, R-CNN.",
			Formula:   "picture → {(class, p, b_x, b_y, b_h, b_w), …}",
			FormulaVI: "ảnh → {(lớp, p, b_x, b_y, b_h, b_w), …}",
			Symbol:    "zoo/decode.Head.Detect", Also: []string{"solvers/train/detect.Evaluate"},
			Test: "zoo/decode.TestHead_Detect", Show: "hocsau train yolo --epochs 1",
			worked: workedDetection,
		},
		{
			ID: "1.6d", Name: "Bounding box detection", NameVI: "Phát hiện hộp giới hạn (bounding box)",
			About:     "Finds the part of the picture that an object is in: a box by its centre, height and width.",
			AboutVI:   "Phát hiện phần trong ảnh mà có sự xuất hiện của vật thể: hộp có tọa độ trung tâm, chiều cao và chiều rộng.",
			Formula:   "box = (b_x, b_y, b_h, b_w): centre, height, width",
			FormulaVI: "hộp = (b_x, b_y, b_h, b_w): tọa độ trung tâm, chiều cao, chiều rộng",
			Symbol:    "datasets/box.Center", Also: []string{"datasets/box.Box.Center", "losses.YOLOBoxes"},
			Test: "datasets/box.TestSection1_6_BoundingBox", Show: "notebooks/04-detection.ipynb",
			worked: func(Lang) (string, error) {
				c := box.Box{X1: 10, Y1: 20, X2: 50, Y2: 40}.Center()
				return fmt.Sprintf("(10, 20) … (50, 40): b_x = %s, b_y = %s, b_h = %s, b_w = %s", num(c.X), num(c.Y), num(c.H), num(c.W)), nil
			},
		},
		{
			ID: "1.6e", Name: "Landmark detection", NameVI: "Phát hiện landmark (các điểm tương quan)",
			About:     "Finds the shape of an object by its key points, finer than a box.",
			AboutVI:   "Phát hiện hình dạng và đặc điểm của một đối tượng qua các điểm tương quan, chi tiết hơn một hộp.",
			Formula:   "picture → (l_1x, l_1y), …, (l_nx, l_ny)",
			FormulaVI: "ảnh → (l_1x, l_1y), …, (l_nx, l_ny)",
			Symbol:    "zoo.Landmarks", Also: []string{"solvers/train/detect.Landmarks"},
			Test: "solvers/train/detect.TestLandmarks_learns", Show: "hocsau train landmarks --epochs 1",
			worked: func(l Lang) (string, error) {
				return sized(l, "n = 4", []int{1, 3, 64, 64}, func(g *graph.Graph, x *graph.Node) *graph.Node {
					return zoo.NewLandmarks(g.Scope(), 64, 64, 4).Forward(x)
				})
			},
		},
		{
			ID: "1.6f", Name: "Intersection over union (IoU)", NameVI: "Tỉ lệ vùng giao trên vùng hợp (IoU)",
			About:   "How well a predicted box fits the true one; from 0.5 on it counts as good.",
			AboutVI: "Định lượng hộp giới hạn dự đoán được định vị đúng như thế nào; từ 0.5 trở lên được cho là khá tốt.",
			Formula: "IoU(B_p, B_a) = |B_p ∩ B_a| / |B_p ∪ B_a| ∈ [0, 1]",
			Symbol:  "datasets/box.IoU", Test: "datasets/box.TestSection1_6_IoU", Show: "notebooks/04-detection.ipynb",
			worked: func(l Lang) (string, error) {
				truth := box.Box{X2: 40, Y2: 40}
				var parts []string
				for _, shift := range []float64{0, 10, 20} {
					parts = append(parts, fmt.Sprintf("%g: %s", shift, num(box.IoU(truth, truth.Shift(shift, 0)))))
				}
				return l.of("40 × 40, moved by ", "40 × 40, dịch đi ") + strings.Join(parts, "; "), nil
			},
		},
		{
			ID: "1.6g", Name: "Anchor boxes", NameVI: "Hộp mỏ neo (anchor boxes)",
			About:     "Each cell predicts a box of several given shapes, so that objects that overlap are both found.",
			AboutVI:   "Mỗi dự đoán được giới hạn theo một hình dạng cho trước, nhờ đó dự đoán được những hộp giới hạn nằm chồng lên nhau.",
			Formula:   "anchor = argmax_k IoU((a_h, a_w)_k, (b_h, b_w))",
			FormulaVI: "hộp mỏ neo = argmax_k IoU((a_h, a_w)_k, (b_h, b_w))",
			Symbol:    "datasets/box.Assign", Also: []string{"datasets/box.KMeans", "datasets/box.ShapeIoU"},
			Test: "datasets/box.TestSection1_6_Anchors", Show: "notebooks/04-detection.ipynb",
			worked: func(l Lang) (string, error) {
				tall, wide := box.Size{H: 0.6, W: 0.2}, box.Size{H: 0.2, W: 0.6}
				truth := box.Center{X: 0.5, Y: 0.5, H: 0.5, W: 0.2}
				t, err := box.Assign(1, 1, []box.Size{tall, wide}, []box.Center{truth}, []int{0}, 1)
				if err != nil {
					return "", err
				}
				return fmt.Sprintf(l.of("box 0.5 × 0.2 on anchors 0.6 × 0.2, 0.2 × 0.6: IoU %s, %s, goes to anchor %d", "hộp 0.5 × 0.2, hộp mỏ neo 0.6 × 0.2 và 0.2 × 0.6: IoU %s, %s, thuộc về hộp mỏ neo %d"),
					num(box.ShapeIoU(tall, truth.Box().Size())), num(box.ShapeIoU(wide, truth.Box().Size())), t.Places[0].Anchor+1), nil
			},
		},
		{
			ID: "1.6h", Name: "Non-max suppression", NameVI: "Non-max suppression: loại bỏ hộp trùng lặp",
			About:     "Of the boxes on one object the most probable stays.",
			AboutVI:   "Loại bỏ những hộp giới hạn bị trùng chồng lên nhau của cùng một đối tượng bằng cách chọn chiếc hộp có xác suất lớn nhất.",
			Formula:   "drop p < 0.6; take the largest p; drop IoU ≥ 0.5 with it; repeat",
			FormulaVI: "loại bỏ p < 0.6; chọn p lớn nhất; loại bỏ IoU ≥ 0.5 với hộp đã chọn; lặp lại",
			Symbol:    "zoo/decode.Suppress", Test: "zoo/decode.TestSection1_6_NonMaxSuppression", Show: "notebooks/04-detection.ipynb",
			worked: func(l Lang) (string, error) {
				b := box.Box{X1: 20, Y1: 20, X2: 60, Y2: 60}
				kept, err := decode.Suppress([]decode.Detection{
					{Box: b.Shift(4, 3), Score: 0.8}, {Box: b, Score: 0.9}, {Box: b.Shift(50, 0), Score: 0.7}, {Box: b.Shift(0, 60), Score: 0.4},
				}, decode.DefaultSuppress())
				if err != nil {
					return "", err
				}
				scores := []float64{0.8, 0.9, 0.7, 0.4}
				var left []float64
				for _, i := range kept {
					left = append(left, scores[i])
				}
				return fmt.Sprintf(l.of("p = %s; kept: %s", "p = %s; giữ lại: %s"), nums(scores...), nums(left...)), nil
			},
		},
		{
			ID: "1.6i", Name: "YOLO", NameVI: "Thuật toán YOLO (You Only Look Once)",
			About:   "A grid of G × G cells, k anchors each, says everything in one pass; non-max suppression follows. Where p_c = 0 the rest counts for nothing.",
			AboutVI: "Chia ảnh thành lưới G × G, mỗi ô có k hộp mỏ neo, dự đoán trong một lần chạy rồi dùng non-max suppression. Khi p_c = 0, các dự đoán còn lại bị lờ đi.",
			Formula: "y = [p_c, b_x, b_y, b_h, b_w, c_1, …, c_p, …]ᵀ ∈ R^{G×G×k×(5+p)}",
			Symbol:  "zoo.SmallYOLO", Also: []string{"zoo.TinyYOLO", "losses.YOLO", "datasets/box.Assign"},
			Test: "losses.TestSection1_6_YOLO", Show: "hocsau train yolo --epochs 1",
			worked: func(l Lang) (string, error) {
				return sized(l, "k = 3, p = 4", []int{1, 3, 64, 64}, func(g *graph.Graph, x *graph.Node) *graph.Node {
					return zoo.NewSmallYOLO(g.Scope(), 3, 4).Forward(x)
				})
			},
		},
		{
			ID: "1.6j", Name: "R-CNN", NameVI: "Thuật toán R-CNN (phân chia ảnh thành các vùng)",
			About:     "First divides the picture into regions that may be objects, then runs a network on each.",
			AboutVI:   "Đầu tiên phân chia ảnh thành các vùng có khả năng liên quan cao, rồi chạy một thuật toán phát hiện trên từng vùng.",
			Formula:   "segment → regions → CNN for each region → class, box",
			FormulaVI: "phân chia ảnh → các vùng → CNN trên từng vùng → lớp, hộp",
			Symbol:    "zoo.RCNN", Also: []string{"datasets/proposal.Search", "solvers/train/detect.Regions"},
			Test: "solvers/train/detect.TestRegions_learn", Show: "hocsau check overfit rcnn --batch 4",
			worked: workedRegions,
		},
		{
			ID: "1.6k", Name: "Fast R-CNN", NameVI: "Thuật toán Fast R-CNN (chạy nhanh hơn)",
			About:     "Computes the features of the picture once and pools each region from them.",
			AboutVI:   "Tính feature map của cả tấm ảnh một lần, rồi lấy đặc trưng của từng vùng từ đó.",
			Formula:   "CNN once → RoI pooling for each region → class, box",
			FormulaVI: "CNN một lần → RoI pooling cho từng vùng → lớp, hộp",
			Symbol:    "zoo.FastRCNN", Also: []string{"graph.Node.RoIPool"},
			Test: "solvers/train/detect.TestRegions_learn", Show: "hocsau check overfit fast-rcnn --batch 4",
			worked: func(Lang) (string, error) {
				d := newDesk()
				var maps []float64
				for i := range 16 {
					maps = append(maps, float64(i))
				}
				v, err := d.compute(d.input("maps", maps, 1, 1, 4, 4).RoIPool(d.input("rois", []float64{0, 0, 0, 3, 3}, 1, 5), 2, 2, 1))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("map 4×4 = 0 … 15, RoI (0, 0, 3, 3) → 2×2: (%s)", nums(v[0]...)), nil
			},
		},
		{
			ID: "1.6l", Name: "Faster R-CNN", NameVI: "Thuật toán Faster R-CNN (mạng tự đề xuất vùng)",
			About:     "A small network on the same features proposes the regions, too.",
			AboutVI:   "Một mạng nhỏ trên cùng feature map cũng tự đề xuất các vùng.",
			Formula:   "CNN once → k anchors a cell: objectness, shift → RoI pooling → class, box",
			FormulaVI: "CNN một lần → k hộp mỏ neo mỗi ô: có vật thể không, dịch bao nhiêu → RoI pooling → lớp, hộp",
			Symbol:    "zoo.RegionProposer", Also: []string{"solvers/train/detect.FasterRCNN"},
			Test: "solvers/train/detect.TestRegions_learn", Show: "hocsau check overfit faster-rcnn --batch 2",
			worked: func(l Lang) (string, error) {
				return sized(l, "k = 3", []int{1, 128, 8, 8}, func(g *graph.Graph, x *graph.Node) *graph.Node {
					score, _ := zoo.NewRegionProposer(g.Scope(), 3).Forward(x)
					return score
				})
			},
		},
	}
}

// sized says what a model makes of an input of that shape, and how large it is.
func sized(l Lang, what string, input []int, forward func(g *graph.Graph, x *graph.Node) *graph.Node) (string, error) {
	m, err := measure(func(g *graph.Graph) *graph.Node { return forward(g, g.Input("x", input...)) })
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %s → %s, %s %s", what, shape(input), shape(m.out), run.Thousands(m.parameters), l.of("parameters", "tham số")), nil
}

// workedDetection reads the outputs of a network for two cells, one of them with
// an object.
func workedDetection(l Lang) (string, error) {
	h := decode.Head{Rows: 1, Cols: 2, Anchors: []box.Size{{H: 0.5, W: 0.25}}, Classes: 2}
	found, err := h.Detect([]float64{4, 0, 0, 0, 0, 3, -3, -4, 0, 0, 0, 0, 0, 0}, decode.DefaultSuppress())
	if err != nil {
		return "", err
	}
	var parts []string
	for _, d := range found[0] {
		c := d.Box.Center()
		parts = append(parts, fmt.Sprintf(l.of("class %d, p = %s at (%s)", "lớp %d, p = %s tại (%s)"), d.Class+1, num(d.Score), nums(c.X, c.Y, c.H, c.W)))
	}
	return fmt.Sprintf(l.of("2 cells, t_0 = 4 and −4: %d object: ", "2 ô, t_0 = 4 và −4: %d vật thể: "), len(parts)) + strings.Join(parts, "; "), nil
}

// workedRegions proposes regions in a picture of two squares.
func workedRegions(l Lang) (string, error) {
	x := augment.NewImage[float32](3, 32, 32)
	squares := []box.Box{{X1: 4, Y1: 4, X2: 14, Y2: 14}, {X1: 18, Y1: 16, X2: 30, Y2: 28}}
	for i, s := range squares {
		for row := int(s.Y1); row < int(s.Y2); row++ {
			for col := int(s.X1); col < int(s.X2); col++ {
				x.Plane(i)[row*32+col] = 1
			}
		}
	}
	regions, err := proposal.Search(x, proposal.Options{})
	if err != nil {
		return "", err
	}
	var best []float64
	for _, s := range squares {
		share := box.Box{X1: s.X1 / 32, Y1: s.Y1 / 32, X2: s.X2 / 32, Y2: s.Y2 / 32}
		top := 0.0
		for _, r := range regions {
			top = max(top, box.IoU(share, r))
		}
		best = append(best, top)
	}
	return fmt.Sprintf(l.of("two squares: %d regions, the best of each has IoU %s", "hai hình vuông: %d vùng, vùng tốt nhất của mỗi hình có IoU %s"), len(regions), nums(best...)), nil
}
