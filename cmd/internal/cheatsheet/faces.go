package cheatsheet

import (
	"fmt"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/gallery"
)

// faces are the rows of §1.6.1.
func faces() []Item {
	return []Item{
		{
			ID: "1.6.1a", Name: "Face verification", NameVI: "Xác nhận khuôn mặt",
			About:     "Is this the right person? One picture is compared with one.",
			AboutVI:   "Có đúng người không? Tra cứu một-một.",
			Formula:   "same person ⇔ d(image 1, image 2) ≤ threshold",
			FormulaVI: "cùng một người ⇔ d(ảnh 1, ảnh 2) ≤ ngưỡng",
			Symbol:    "metrics.Verify", Test: "metrics.TestVerify_atTheThreshold",
			Show: "hocsau train siamese --epochs 1 && hocsau data preview digits --n 1 --out a.png && hocsau data preview digits --n 1 --seed 2 --out b.png && hocsau verify last a.png b.png",
			worked: func(l Lang) (string, error) {
				same := metrics.Verify([]float64{0.3, 1.2}, 0.5)
				yes := map[bool]string{true: l.of("same", "cùng người"), false: l.of("another", "người khác")}
				return fmt.Sprintf(l.of("threshold 0.5: d = 0.3 → %s; d = 1.2 → %s", "ngưỡng 0.5: d = 0.3 → %s; d = 1.2 → %s"), yes[same[0]], yes[same[1]]), nil
			},
		},
		{
			ID: "1.6.1b", Name: "Face recognition", NameVI: "Nhận diện khuôn mặt",
			About:     "Is this one of the K people in the database? One picture is compared with all.",
			AboutVI:   "Đây có phải là 1 trong K người trong cơ sở dữ liệu không? Tra cứu một với tất cả.",
			Formula:   "who = argmin_k d(image, image_k), unknown where d > threshold",
			FormulaVI: "người = argmin_k d(ảnh, ảnh_k), không biết khi d > ngưỡng",
			Symbol:    "zoo/gallery.Gallery", Also: []string{"metrics.Identify"},
			Test:   "metrics.TestIdentify_unknown",
			Show:   "hocsau train siamese --epochs 1 && hocsau data preview digits --n 1 --out a.png && hocsau identify last a.png --gallery people --enroll An && hocsau identify last a.png --gallery people",
			worked: workedGallery,
		},
		{
			ID: "1.6.1c", Name: "One-shot learning", NameVI: "One Shot Learning (học với tập huấn luyện hạn chế)",
			About:     "A similarity is learnt once; then one picture of a new person is enough.",
			AboutVI:   "Học một hàm similarity nhằm ước lượng sự khác nhau giữa hai tấm hình; sau đó một tấm ảnh của người mới là đủ.",
			Formula:   "d(image 1, image 2): how much two pictures differ",
			FormulaVI: "d(ảnh 1, ảnh 2): hai tấm hình khác nhau bao nhiêu",
			Symbol:    "metrics.OneShot", Also: []string{"zoo.Siamese.Distance"},
			Test: "metrics.TestOneShot", Show: "hocsau train siamese --epochs 1",
			worked: func(l Lang) (string, error) {
				a, err := metrics.OneShot([]float64{0, 10}, []float64{1, 2, 3, 9}, 1, []int{0, 0, 1, 1})
				return fmt.Sprintf(l.of("shown 0 and 10, asked 1, 2, 3, 9 of classes 1, 1, 2, 2: accuracy %s", "mẫu 0 và 10, hỏi 1, 2, 3, 9 thuộc lớp 1, 1, 2, 2: độ chính xác %s"), num(a)), err
			},
		},
		{
			ID: "1.6.1d", Name: "Siamese network", NameVI: "Mạng Siamese (mã hóa tấm ảnh)",
			About:   "One network f encodes both pictures, with the same weights.",
			AboutVI: "Một mạng f mã hóa cả hai tấm ảnh với cùng trọng số, rồi định lượng sự khác nhau giữa chúng.",
			Formula: "f(x⁽ⁱ⁾), d(x⁽¹⁾, x⁽²⁾) = ‖f(x⁽¹⁾) − f(x⁽²⁾)‖²",
			Symbol:  "zoo.Siamese", Test: "zoo.TestSiamese_identicalPictures", Show: "hocsau check overfit siamese",
			worked: workedSiamese,
		},
		{
			ID: "1.6.1e", Name: "Triplet loss", NameVI: "Hàm mất mát triplet (triplet loss)",
			About:   "An anchor A shall be nearer to a positive P of its class than to a negative N of another, by a margin α.",
			AboutVI: "Ảnh mỏ neo A phải gần ảnh dương tính P cùng lớp hơn ảnh âm tính N thuộc lớp khác, ít nhất một khoảng margin α.",
			Formula: "ℓ(A, P, N) = max(d(A, P) − d(A, N) + α, 0)",
			Symbol:  "losses.Triplet", Also: []string{"losses.TripletHard", "losses.TripletSemiHard"},
			Test: "losses.TestSection1_6_1_Triplet", Show: "hocsau train triplet --epochs 1",
			worked: func(Lang) (string, error) {
				d := newDesk()
				a, p := d.input("a", []float64{0, 0}, 1, 2), d.input("p", []float64{0.8, 0}, 1, 2)
				near, far := d.input("near", []float64{0.5, 0}, 1, 2), d.input("far", []float64{1.5, 0}, 1, 2)
				v, err := d.compute(losses.Triplet(a, p, near, 0.2, losses.TripletOpts{}), losses.Triplet(a, p, far, 0.2, losses.TripletOpts{}))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("A = (0, 0), P = (0.8, 0), α = 0.2: N = (0.5, 0) → ℓ = %s; N = (1.5, 0) → ℓ = %s", num(v[0][0]), num(v[1][0])), nil
			},
		},
	}
}

func workedGallery(l Lang) (string, error) {
	people := gallery.New(2, "")
	for name, e := range map[string][]float32{"An": {1, 0}, "Bình": {0, 1}} {
		if err := people.Enroll(name, e); err != nil {
			return "", err
		}
	}
	found, err := people.Identify([]float32{0.9, 0.1, -1, 0}, 0.5)
	if err != nil {
		return "", err
	}
	who := func(a gallery.Answer) string {
		if !a.Known {
			return l.of("unknown", "không có trong cơ sở dữ liệu")
		}
		return a.Name
	}
	return fmt.Sprintf("An (1, 0), Bình (0, 1): (0.9, 0.1) → %s; (−1, 0) → %s", who(found[0]), who(found[1])), nil
}

// workedSiamese measures the distances of a picture to itself and to another by
// an untrained network.
func workedSiamese(l Lang) (string, error) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
	d := &desk{g: g}
	bar, ring := make([]float64, 28*28), make([]float64, 28*28)
	for i := 4; i < 24; i++ {
		bar[i*28+14], ring[i*28+4], ring[i*28+23], ring[4*28+i], ring[23*28+i] = 1, 1, 1, 1, 1
	}
	m := zoo.NewSiamese(zoo.NewFaceEmbedding(g.Scope(), []int{1, 28, 28}, 16), zoo.SiameseOpts{})
	a, b := d.input("a", bar, 1, 1, 28, 28), d.input("b", ring, 1, 1, 28, 28)
	v, err := d.compute(m.Distance(a, a), m.Distance(a, b))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(l.of("one f of %s parameters for both: d(a, a) = %s, d(a, b) = %s", "một f gồm %s tham số cho cả hai: d(a, a) = %s, d(a, b) = %s"),
		run.Thousands(run.Parameters(g.Store())), num(v[0][0]), num(v[1][0])), nil
}
