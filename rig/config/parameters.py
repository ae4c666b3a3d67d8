"""Test parameters: what a laboratory may set for its campaigns.

Names and defaults are those of the conformance reference. All times are lab seconds.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rig.config.validation import Strict
from rig.config.values import IdTag

Seconds = Annotated[int, Field(ge=0, le=86400)]
PositiveSeconds = Annotated[int, Field(gt=0, le=86400)]


class Parameters(Strict):
    """Parameters of the test cases."""

    connector_id: int = Field(1, ge=1, description="connector under test")
    connector_id_2: int = Field(2, ge=1, description="second connector, where a case needs two")
    parent_id_tag: IdTag = Field("GROUP01", description="group of two cards")
    heartbeat_interval: PositiveSeconds = Field(
        30, description="interval given to the station with BootNotification.conf(Accepted)"
    )
    boot_retry_interval: PositiveSeconds = Field(
        20, description="interval given with Rejected and Pending"
    )
    meter_value_sample_interval: PositiveSeconds = Field(
        10, description="MeterValueSampleInterval written for the tests"
    )
    clock_aligned_data_interval: PositiveSeconds = Field(
        20, description="ClockAlignedDataInterval written for the tests; divides a day"
    )
    connection_timeout: PositiveSeconds = Field(
        30, description="ConnectionTimeOut written for the tests"
    )
    message_timeout: PositiveSeconds = Field(
        30, description="wait for an answer, or for the next expected message"
    )
    long_operation_timeout: PositiveSeconds = Field(
        450, description="wait for a reboot or another long operation"
    )
    max_time_deviation: Seconds = Field(4, description="tolerance of every time comparison")
    transaction_duration: PositiveSeconds = Field(
        30, description="length of a session, and of a wait in which nothing may happen"
    )
    offline_time: PositiveSeconds = Field(40, description="length of a network outage")
    reconnect_timeout: PositiveSeconds = Field(
        120, description="latest reconnect after the network is back"
    )
    power_off_time: PositiveSeconds = Field(15, description="mains off in a power cycle")
    reservation_expiry_offset: PositiveSeconds = Field(
        60, description="from now to expiryDate of a reservation that is to expire"
    )
    schedule_duration: PositiveSeconds = Field(300, description="of a charging schedule")
    charging_rate_unit: Literal["A", "W"] = Field(
        "A", description="of charging limits, where the station takes it"
    )
    number_phases: int = Field(3, ge=1, le=3, description="numberPhases of charging profiles")
    stack_level: int = Field(0, ge=0, description="stackLevel of charging profiles")
    first_transaction_id: int = Field(1, ge=1, description="first transactionId handed out")
    unknown_transaction_id: int = Field(999999, description="never handed out")
    cpo_name: str = Field("RigCPO", max_length=64, description="CpoName of the station")
    new_authorization_key: str = Field(
        "5269674B65792D30313233343536373839616263",
        pattern=r"^([0-9A-Fa-f]{2}){16,20}$",
        description="AuthorizationKey written by 073, hexadecimal",
    )
    vendor_id_unknown: str = Field(
        "org.example.unknown", max_length=255, description="vendorId that the station cannot know"
    )
    message_id_unknown: str = Field(
        "Unknown", max_length=50, description="messageId that the station cannot know"
    )
    visual_checks: bool = Field(
        False,
        description="ask the operator for what no device of the bench sees: display, lamps, "
        "restart, plausible values",
    )
    vendor_name: str = Field("RigVendor", max_length=20, description="of the played station")
    model: str = Field("RigModel", max_length=20, description="of the played station")

    @property
    def interval_longer_than_any_wait(self) -> int:
        """A HeartbeatInterval that does not end while a case waits for a message."""
        return 4 * self.message_timeout
