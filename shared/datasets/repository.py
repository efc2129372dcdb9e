"""Every query of the datasets domain, born with a project."""

from sqlmodel import Session, select

from shared.datasets.tables import DatasetReport


def find_report(session: Session, project_id: str, file_id: str) -> DatasetReport | None:
    statement = select(DatasetReport).where(DatasetReport.project_id == project_id, DatasetReport.file_id == file_id)
    return session.exec(statement).first()
