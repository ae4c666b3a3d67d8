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

OPTIONAL = frozenset(
    {
        "AdditionalRootCertificateCheck", "AllowOfflineTxForUnknownId",
        "AuthorizationCacheEnabled", "AuthorizationKey", "BlinkRepeat",
        "CertificateSignedMaxChainSize", "CertificateStoreMaxLength",
        "ConnectorPhaseRotationMaxLength", "ConnectorSwitch3to1PhaseSupported", "CpoName",
        "LightIntensity", "MaxEnergyOnInvalidId", "MessageTimeout",
        "MeterValuesAlignedDataMaxLength", "MeterValuesSampledDataMaxLength",
        "MinimumStatusDuration", "ReserveConnectorZeroSupported", "SecurityProfile",
        "StopTransactionMaxMeterValues", "StopTransactionOnEVSideDisconnect",
        "StopTxnAlignedDataMaxLength", "StopTxnSampledDataMaxLength",
        "SupportedFeatureProfilesMaxLength", "SupportedFileTransferProtocols",
        "WebSocketPingInterval",
    }
)  # fmt: skip
"""Keys that a station may lack. Source: OCPP 1.6, 9; errata v4.0 3.80; security white paper, 2."""

KNOWN = frozenset(key for keys in REQUIRED.values() for key in keys) | OPTIONAL
"""Every configuration key that has a meaning in OCPP 1.6."""
