"""Looks into a bill of materials: bill.py DOCUMENT NAME SHA256 MODULES. It is about NAME, with that sum, and lists Go and
each line "MODULE VERSION" of the file MODULES, with their licences, and nothing else that the product has in it."""
import json
import sys

document, name, checksum, modules = sys.argv[1:]
document = json.load(open(document))
assert document["SPDXID"] == "SPDXRef-DOCUMENT" and document["spdxVersion"] == "SPDX-2.3"
packages = {package["SPDXID"]: package for package in document["packages"]}
related = [(r["relationshipType"], packages[r["relatedSpdxElement"]]) for r in document["relationships"]]
[subject] = [package for relation, package in related if relation == "DESCRIBES"]
assert subject["name"] == name, subject
assert subject["checksums"] == [{"algorithm": "SHA256", "checksumValue": checksum}], subject
contained = {package["name"]: package for relation, package in related if relation == "CONTAINS"}
wanted = dict(line.split() for line in open(modules))
assert set(contained) == {"go", *wanted}, sorted(set(contained) ^ {"go", *wanted})
for module, version in wanted.items():
    assert contained[module]["versionInfo"] == version, module
for package in contained.values():
    assert package["licenseDeclared"] not in ("", "NOASSERTION"), package
print(f"{name}: {len(contained)} parts")
