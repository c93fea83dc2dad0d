"""The words the demo is made of: names, trades, titles, notes. Domains end in .example, phones are fictional ones."""


def _words(text: str) -> list[str]:
    return text.split()


FIRST_NAMES = _words(
    "Aaron Abigail Adele Aditi Ahmed Aiko Alan Alba Alice Amara Ana Andrei Anita Anton Arjun Astrid Beatriz Bianca "
    "Boris Bruno Camille Carlos Cecilia Chen Chiara Chloe Clara Conor Dalia Daniel David Deepa Dmitri Edith Elena "
    "Elias Elif Emeka Emma Eric Esther Fatima Felix Fiona Florian Gabriel Georgia Gita Hanna Hassan Hugo Ida Imran "
    "Ines Ingrid Isaac Ivana Jack Jamal Jana Javier Jia Joel Julia Kai Karim Kate Keiko Kenji Lars Laura Leila Leo "
    "Liam Lina Lucas Magnus Malik Marco Maria Marta Mateo Maya Mei Mohamed Monica Nadia Naomi Neil Niko Noah Nora "
    "Oliver Olga Oscar Pablo Paula Pedro Petra Rachel Rafael Ravi Rebecca Rosa Ryan Sana Sara Sergio Silvia Simon "
    "Sofia Stefan Sunita Tara Teresa Theo Thomas Tomas Uma Vera Victor Wei Yara Yusuf Zara Zoe"
)
LAST_NAMES = _words(
    "Abebe Adams Ahmed Almeida Andersson Banerjee Barros Bauer Becker Bennett Berg Bianchi Brandt Brooks Castro "
    "Chen Clarke Cohen Costa Cruz Dahl Das Diaz Dubois Eriksen Evans Farah Fernandes Fischer Flores Fontaine Foster "
    "Garcia Gomez Gupta Haddad Hansen Hassan Hayes Hoffmann Horvat Hughes Ibrahim Ito Ivanov Jansen Jensen Johnson "
    "Kamau Kapoor Karlsson Khan Kim Kovacs Kowalski Kumar Larsen Laurent Lee Lopez Marino Martin Mehta Mendes Meyer "
    "Mitchell Moreau Moreno Mori Morris Muller Murphy Mwangi Nakamura Nguyen Nielsen Novak Nowak Obi Oliveira Olsen "
    "Ortiz Osei Park Patel Pereira Petrov Popescu Price Ramos Rao Reyes Ricci Rossi Roy Ruiz Russo Salazar Santos "
    "Sato Schmidt Schneider Shah Silva Singh Smith Sorensen Suzuki Takahashi Tan Taylor Torres Turner Vargas Vogel "
    "Wagner Walker Wang Weber Wood Wright Yamamoto Yilmaz Young Zhang Zimmer"
)

COMPANY_FIRST = _words(
    "Alder Amber Anchor Apex Arbor Argo Aspen Atlas Aurora Beacon Birch Bluefin Brightwater Canyon Cedar Cobalt "
    "Copper Crescent Delta Driftwood Eastgate Elm Ember Fairview Falcon Fern Flint Foxglove Granite Harbor Hazel "
    "Heron Highland Indigo Ironwood Juniper Keystone Kingfisher Lakeshore Larch Lumen Magnolia Maple Meridian "
    "Mosaic Northfield Oakline Orchard Osprey Pinecrest Prairie Quarry Redwood Ridge Riverbend Rowan Sable Saffron "
    "Sequoia Silverline Solstice Sparrow Stonebridge Summit Tamarack Thistle Tidewater Umber Vale Verdant Walnut "
    "Westbrook Willow Windward Zephyr"
)

# industry → (its share, how well it converts, how its companies are called)
INDUSTRIES: dict[str, tuple[float, float, tuple[str, ...]]] = {
    "Software": (0.22, 1.4, ("Software", "Systems", "Labs", "Cloud")),
    "Manufacturing": (0.15, 0.9, ("Works", "Industries", "Components")),
    "Logistics": (0.12, 1.1, ("Logistics", "Freight", "Shipping")),
    "Financial services": (0.13, 1.15, ("Capital", "Finance", "Insurance")),
    "Health care": (0.11, 0.85, ("Health", "Clinics", "Medical")),
    "Retail": (0.13, 0.8, ("Stores", "Retail", "Outfitters")),
    "Professional services": (0.09, 1.05, ("Partners", "Advisory", "Consulting")),
    "Education": (0.05, 0.6, ("Academy", "Learning", "Schools")),
}
# head count up to, share, how well it converts
SIZES = ((10, 0.15, 0.6), (50, 0.29, 0.95), (200, 0.27, 1.25), (1000, 0.18, 1.2), (5000, 0.08, 1.0), (20000, 0.03, 0.8))
COUNTRIES = {
    "United States": 0.4, "United Kingdom": 0.13, "Germany": 0.11, "Canada": 0.08, "France": 0.07, "Netherlands": 0.05,
    "Brazil": 0.05, "India": 0.05, "Australia": 0.04, "Sweden": 0.02,
}  # fmt: skip
TECHNOLOGIES = (
    "AWS", "Azure", "Google Cloud", "HubSpot", "Salesforce", "Shopify", "Snowflake", "Stripe", "WordPress", "Zendesk",
    "Slack", "PostgreSQL", "Kubernetes", "SAP", "Marketo", "Google Analytics",
)  # fmt: skip
JOBS = ("Sales", "Marketing", "Engineering", "Customer success", "Finance", "Operations")
TITLES = {
    "Head of Marketing": 9, "Marketing Manager": 12, "VP Sales": 7, "Sales Operations Manager": 10, "CEO": 6, "COO": 4,
    "Revenue Operations Lead": 8, "Business Development Manager": 8, "Growth Lead": 6, "Demand Generation Manager": 7,
    "IT Manager": 6, "Director of Sales": 7, "Marketing Assistant": 5, "Founder": 5, "Student": 2,
}  # fmt: skip
COMPETITORS = {"Pipewise": 5, "LeadHarbor": 4, "Funnelry": 3, "SalesOrbit": 2, "in-house spreadsheet": 3}

# Area codes in which the numbers 555-0100 to 555-0199 belong to nobody.
AREA_CODES = _words(
    "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 301 302 303 304 305 307 308 309 310 312 "
    "313 314 315 316 317 318 319 320 401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 501 502 503 504 "
    "505 507 508 509 510 512 513 515 516 517 518 520 601 602 603 605 606 607 608 609 610 612 614 615 616 617 618 "
    "619"
)

NOTES = {
    "call": (
        "Left a voicemail.", "No answer, will try again tomorrow.", "Short call: interested, asked for prices.",
        "Talked for ten minutes; the decision is taken by the head of sales.", "Asked to call back next week.",
    ),
    "meeting": (
        "Demo for three people; they liked the reports.", "Went through the current process and its gaps.",
        "Budget is approved, security questions are open.", "Pricing discussed; they compare two vendors.",
    ),
    "lose": ("Went quiet after the offer.", "Stays with what they have.", "Too expensive for a team this size.", ""),
    "reject": ("Only wanted the e-book.", "The number is somebody else's.", "Looks for a job, not for a product.", ""),
    "disqualify": ("", "", "Checked twice.", "The address bounces."),
    "recycle": ("New budget year starts later.", "Reorganisation, come back in a quarter.", ""),
    "undo": ("Wrong lead, sorry.", "Clicked the wrong row.", "Too early; the customer has not confirmed yet."),
    "lead": (
        "Runs three tools side by side today and wants one.", "Decides together with the head of finance.",
        "Prefers e-mail in the mornings.", "Their contract with the current vendor ends next quarter.",
        "Asked twice whether we can import five years of history.",
        "Good fit: same size and trade as our best customers.",
    ),
    "mention": (
        "@{name} they asked for somebody who knows their trade. Do you?",
        "@{name} the invoice address has changed, see their mail.",
        "@{name} I met them at the fair, say hello from me.", "@{name} could you send them the security paper?",
    ),
    "ask": (
        "They came back to the price page twice since. Is it really too early?",
        "Thanks. Should we ask for the phone number in the form?", "Which size would have been in our target?",
        "Then we go on with the mails. When shall we offer them again?",
    ),
    "answer": (
        "Yes, they have no budget before spring.", "A number would help: three calls went to the front desk.",
        "From 50 people on it makes sense for us.", "Offer them again when they ask for a demo.",
    ),
}  # fmt: skip

# What people plan next: the kind of it and a note.
PLANS = (
    ("call", "Ask who else decides"), ("call", ""), ("call", "Follow up on the offer"),
    ("email", "Send the return calculation"),
    ("email", ""), ("meeting", "Demo for the whole team"), ("meeting", ""), ("todo", "Check their job openings"),
    ("call", "They asked to be called back"),
)  # fmt: skip

# What came of a call, where its note says so; the other notes are of talks.
OUTCOMES = {"Left a voicemail.": "voicemail", "No answer, will try again tomorrow.": "no_answer"}
