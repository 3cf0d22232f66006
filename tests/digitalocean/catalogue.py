"""What DigitalOcean sells, as its API tells it: regions, sizes and images, three pages of each."""

from typing import Any

Json = dict[str, Any]

REGIONS = ("ams3", "blr1", "fra1", "lon1", "nyc3", "sgp1", "syd1")
# vCPUs, MiB of memory, GiB of disk, dollars a month.
SIZES = {
    "s-1vcpu-512mb-10gb": (1, 512, 10, 4.0),
    "s-1vcpu-1gb": (1, 1024, 25, 6.0),
    "s-1vcpu-2gb": (1, 2048, 50, 12.0),
    "s-2vcpu-2gb": (2, 2048, 60, 18.0),
    "s-2vcpu-4gb": (2, 4096, 80, 24.0),
    "s-4vcpu-8gb": (4, 8192, 160, 48.0),
    "s-8vcpu-16gb": (8, 16384, 320, 96.0),
}
# Not sold in every region.
ELSEWHERE = {"s-8vcpu-16gb": ["nyc3"]}
IMAGES = {
    "centos-stream-9-x64": "CentOS",
    "debian-12-x64": "Debian",
    "debian-13-x64": "Debian",
    "fedora-42-x64": "Fedora",
    "rockylinux-9-x64": "Rocky Linux",
    "ubuntu-22-04-x64": "Ubuntu",
    "ubuntu-24-04-x64": "Ubuntu",
}
# A Droplet's backup has no slug.
BACKUP = 7001


def region(slug: str) -> Json:
    """Return the API's object for a region."""
    return {"name": slug, "slug": slug, "sizes": [size for size in SIZES if sold(size, slug)]} | {
        "features": ["backups"],
        "available": slug != "syd1",
    }


def sold(slug: str, where: str) -> bool:
    """Return whether a size is sold in a region."""
    return slug in SIZES and where in ELSEWHERE.get(slug, REGIONS)


def size(slug: str) -> Json:
    """Return the API's object for a size of Droplets."""
    vcpus, memory, disk, price = SIZES[slug]
    hardware = {"vcpus": vcpus, "memory": memory, "disk": disk, "description": "Basic"}
    prices = {"price_monthly": price, "price_hourly": price / 672, "transfer": 1.0}
    return {"slug": slug, "available": True, "regions": ELSEWHERE.get(slug, list(REGIONS)), **hardware, **prices}


def images() -> list[Json]:
    """Return the API's objects for all images, a backup among them."""
    common: Json = {
        "regions": list(REGIONS),
        "status": "available",
        "created_at": "2026-01-01T00:00:00Z",
        "min_disk_size": 10,
    }
    distributions: list[Json] = [
        {"id": 1000 + number, "slug": slug, "name": slug, "distribution": IMAGES[slug], "type": "base", "public": True}
        for number, slug in enumerate(IMAGES)
    ]
    backup: Json = {
        "id": BACKUP,
        "slug": None,
        "name": "2026-11-20",
        "distribution": "Debian",
        "type": "backup",
        "public": False,
    }
    return [common | image for image in (*distributions, backup)]
