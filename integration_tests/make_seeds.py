"""Writes seeds/*.csv: the data set "Breast Cancer Wisconsin (Diagnostic)" in two parts.

569 real patients, 30 measurements of cell nuclei each, as scikit-learn ships them. 500 go
into training, the least that SageMaker Autopilot takes; 69 are held out. The split keeps
the share of malignant cases and is always the same.

    python make_seeds.py
"""

from pathlib import Path

import pandas
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

SEEDS = Path(__file__).parent / "seeds"
HELD_OUT = 69


def load_patients() -> pandas.DataFrame:
    """One row a patient: patient_id (1..569), 30 measurements, diagnosis."""
    data = load_breast_cancer(as_frame=True)
    patients = data.data.rename(columns=lambda name: name.replace(" ", "_"))
    patients.insert(0, "patient_id", range(1, len(patients) + 1))
    patients["diagnosis"] = [data.target_names[code] for code in data.target]
    return patients


def main() -> None:
    patients = load_patients()
    train, test = train_test_split(
        patients, test_size=HELD_OUT, stratify=patients["diagnosis"], random_state=0
    )
    for name, part in (("train", train), ("test", test)):
        file = SEEDS / f"breast_cancer_{name}.csv"
        part.sort_values("patient_id").to_csv(file, index=False, lineterminator="\n")
        print(f"{file.relative_to(SEEDS.parent)}: {len(part)} rows")


if __name__ == "__main__":
    main()
