//go:build mesh

package main

import _ "netmeshos/internal/mesh" // lets nodes join meshes
