//go:build mesh

package mesh

import (
	_ "netmeshos/internal/mesh/directory"
	_ "netmeshos/internal/mesh/link"
)
