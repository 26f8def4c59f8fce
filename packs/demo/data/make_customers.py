#!/usr/bin/python3
"""Writes the invented customers of the demonstration bank, the same each time: customers.csv.

Nobody in it exists. Every name says so; the unified social credit codes stand in the region 990000
and the identity cards in counties 9999, which were never given out, so that no valid number of a
real company or person can come of it. Their check characters are right (GB 32100-2015, GB 11643-1999).
"""

import csv
import pathlib
import random

CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # of a unified social credit code, without I, O, S, V, Z
PLACES = ["北江", "南湖", "东岭", "西屏", "中洲", "云溪", "青石", "长汀"]
TRADES = [("精密机械", "precision machinery", "C3429"), ("食品加工", "food processing", "C1432"),
          ("纺织", "textiles", "C1711"), ("化工", "chemicals", "C2614"), ("物流", "logistics", "G5810"),
          ("建筑工程", "construction", "E4720"), ("电子科技", "electronics", "C3989"),
          ("商贸", "trading", "F5199"), ("农业发展", "agriculture", "A0111"), ("医药", "pharmaceuticals", "C2720")]
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "安宁平和明远志诚文静思雨海洋晨光"
BRANCHES = ["demo-north-1", "demo-north-2", "demo-south-1"]
COLUMNS = ["id", "type", "name", "name_en", "industry", "country", "organisation", "uscc", "id_card"]


def organisation_check(body):
    """Source: GB 11714-1997, clause 4."""
    weights = [3, 7, 9, 10, 5, 8, 4, 2]
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rest = 11 - sum(digits.index(c) * w for c, w in zip(body, weights)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def uscc(kind, number):
    """A code of the registering authority and kind `kind`, two characters, in the region 990000."""
    body = f"{number:08d}"
    text = f"{kind}990000{body}{organisation_check(body)}"
    total = sum(CODE.index(c) * pow(3, place, 31) for place, c in enumerate(text))
    return text + CODE[(31 - total % 31) % 31]


def id_card(province, birth, number):
    """Source: GB 11643-1999, appendix A."""
    text = f"{province}9999{birth}{number:03d}"
    total = sum(int(c) * (2 ** (17 - place) % 11) for place, c in enumerate(text))
    return text + "10X98765432"[total % 11]


def company(draw, number, kind):
    trade, english, industry = draw.choice(TRADES)
    place = draw.choice(PLACES)
    words = {"corporate": "股份有限公司", "small": "有限公司", "partner": "汽车销售服务有限公司",
             "government_platform": "城市建设投资有限公司", "interbank": "农村商业银行股份有限公司"}[kind]
    middle = trade if kind in ("corporate", "small") else ""
    fields = {"corporate": industry, "small": industry, "partner": "F5261",
              "government_platform": "E4819", "interbank": "J6623"}
    return {"name": f"（虚构）{place}{number:03d}号{middle}{words}",
            "name_en": f"Invented {kind.replace('_', ' ')} {number:03d}, {english if middle else 'demonstration'}",
            "industry": fields[kind], "country": "CN", "uscc": uscc("91", number)}


def person(draw, number):
    birth = f"{draw.randint(1960, 2003)}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}"
    name = draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(GIVEN)
    return {"name": f"（虚构）{name}{number:03d}", "name_en": f"Invented person {number:03d}", "country": "CN",
            "id_card": id_card(draw.choice(["11", "31", "44", "51"]), birth, number % 1000)}


def customers():
    draw = random.Random(20261126)
    kinds = [("corporate", 90), ("small", 110), ("individual", 70), ("interbank", 12),
             ("government_platform", 8), ("partner", 20)]
    number = 0
    for kind, count in kinds:
        for _ in range(count):
            number += 1
            row = person(draw, number) if kind == "individual" else company(draw, number, kind)
            organisation = "demo-head" if kind == "interbank" else draw.choice(BRANCHES)
            yield {"id": f"demo-{number:04d}", "type": kind, "organisation": organisation, **row}


def main():
    with open(pathlib.Path(__file__).parent / "customers.csv", "w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(customers())


if __name__ == "__main__":
    main()
