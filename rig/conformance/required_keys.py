"""Configuration keys that a station must have, by feature profile, and how they are accessed.

Source: OCPP 1.6, 9; errata v4.0 3.85 (UnlockConnectorOnEVSideDisconnect with a fixed cable).
"""

from __future__ import annotations

R, RW, ANY = "R", "RW", "R or RW"

REQUIRED: dict[str, dict[str, str]] = {
    "Core": {
        "AuthorizeRemoteTxRequests": ANY,
        "ClockAlignedDataInterval": RW,
        "ConnectionTimeOut": RW,
        "ConnectorPhaseRotation": RW,
        "GetConfigurationMaxKeys": R,
        "HeartbeatInterval": RW,
        "LocalAuthorizeOffline": RW,
        "LocalPreAuthorize": RW,
        "MeterValuesAlignedData": RW,
        "MeterValuesSampledData": RW,
        "MeterValueSampleInterval": RW,
        "NumberOfConnectors": R,
        "ResetRetries": RW,
        "StopTransactionOnInvalidId": RW,
        "StopTxnAlignedData": RW,
        "StopTxnSampledData": RW,
        "SupportedFeatureProfiles": R,
        "TransactionMessageAttempts": RW,
        "TransactionMessageRetryInterval": RW,
        "UnlockConnectorOnEVSideDisconnect": ANY,
    },
    "LocalAuthListManagement": {
        "LocalAuthListEnabled": RW,
        "LocalAuthListMaxLength": R,
        "SendLocalListMaxLength": R,
    },
    "SmartCharging": {
        "ChargeProfileMaxStackLevel": R,
        "ChargingScheduleAllowedChargingRateUnit": R,
        "ChargingScheduleMaxPeriods": R,
        "MaxChargingProfilesInstalled": R,
    },
    "FirmwareManagement": {},
    "Reservation": {},
    "RemoteTrigger": {},
}
