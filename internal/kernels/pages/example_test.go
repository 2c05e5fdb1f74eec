package pages_test

import (
	"fmt"
	"testing"

	"github.com/hocsau/hocsau/internal/kernels/pages"
)

func Example() {
	mem := make([]uint64, 1<<20)
	pages.Large(mem)
	mem[len(mem)-1] = 7
	fmt.Println(mem[0], mem[len(mem)-1])
	// Output: 0 7
}

// What is in memory stays there, whatever its length and place.
func TestLarge_keepsWhatIsThere(t *testing.T) {
	const page = 2 << 20 / 8
	for _, n := range []int{0, 1, page - 1, page, page + 1, 2*page + 5, 5 * page} {
		whole := make([]uint64, n+16)
		for i := range whole {
			whole[i] = uint64(i)
		}
		pages.Large(whole[8 : 8+n])
		for i, v := range whole {
			if v != uint64(i) {
				t.Fatalf("%d numbers: [%d] = %d", n, i, v)
			}
		}
	}
}
