from slugify import slugify
from tasker import StepHandler


class PageAddresses(StepHandler):
    """Gives each product of a catalogue the address of its page."""

    def process(self, task, sequence, step):
        taken = set()
        addresses = []
        for title in task.context["titles"]:
            slug = slugify(title, max_length=40, word_boundary=True) or "product"
            address = slug
            number = 1
            while address in taken:
                number += 1
                address = f"{slug}-{number}"
            taken.add(address)
            addresses.append(f"/products/{address}")
        return {"addresses": addresses}
