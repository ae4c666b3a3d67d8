// Strict Central System on the `ocpp-rpc` package: checks every message against the schemas, both ways.
// Orders come as JSON lines on stdin ({"id", "action", "payload"}), facts and outcomes go out on stdout.
'use strict';

const readline = require('node:readline');
const {RPCServer, createRPCError} = require('ocpp-rpc');

const GOOD = new Set(['04A1B2C3D4E5F6', '04F12E4D000001']);
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const info = (idTag) => GOOD.has(idTag.toUpperCase())
    ? {status: 'Accepted', parentIdTag: 'FAMILY'} : {status: 'Invalid'};

let station = null;
let lastTransaction = 100;

const ANSWERS = {
    BootNotification: (p) => {
        say({fact: 'boot', vendor: p.chargePointVendor});
        return {status: 'Accepted', interval: 300, currentTime: new Date().toISOString()};
    },
    Heartbeat: () => {
        say({fact: 'heartbeat'});
        return {currentTime: new Date().toISOString()};
    },
    StatusNotification: (p) => {
        say({fact: 'status', connector: p.connectorId, status: p.status});
        return {};
    },
    Authorize: (p) => {
        say({fact: 'authorize', idTag: p.idTag});
        return {idTagInfo: info(p.idTag)};
    },
    StartTransaction: (p) => {
        const transaction = ++lastTransaction;
        say({
            fact: 'start', transaction, connector: p.connectorId, idTag: p.idTag, meter: p.meterStart,
            reservation: p.reservationId ?? null,
        });
        return {transactionId: transaction, idTagInfo: info(p.idTag)};
    },
    StopTransaction: (p) => {
        say({
            fact: 'stop', transaction: p.transactionId, meter: p.meterStop, reason: p.reason ?? 'Local',
            data: (p.transactionData ?? []).length,
        });
        return {};
    },
    MeterValues: (p) => {
        const values = p.meterValue.flatMap((m) => m.sampledValue)
            .filter((s) => (s.measurand ?? 'Energy.Active.Import.Register') === 'Energy.Active.Import.Register')
            .map((s) => Number(s.value));
        say({fact: 'meter', connector: p.connectorId, transaction: p.transactionId ?? null, values});
        return {};
    },
    FirmwareStatusNotification: (p) => {
        say({fact: 'firmware', status: p.status});
        return {};
    },
    DiagnosticsStatusNotification: (p) => {
        say({fact: 'diagnostics', status: p.status});
        return {};
    },
    DataTransfer: (p) => {
        say({fact: 'data', vendor: p.vendorId, text: p.data ?? ''});
        return {status: 'Accepted', data: 'heard'};
    },
};

const server = new RPCServer({protocols: ['ocpp1.6'], strictMode: true});

server.on('client', (client) => {
    station = client;
    say({fact: 'connected', identity: client.identity});
    client.on('strictValidationFailure', (failure) => {
        const error = failure.error ?? failure;
        say({complaint: `${error.message} ${JSON.stringify(error.details ?? {})}`});
    });
    client.on('badMessage', ({error}) => say({complaint: `bad message: ${error?.message}`}));
    client.on('disconnect', () => say({fact: 'disconnected'}));
    client.handle(({method, params}) => {
        if (method in ANSWERS) {
            return ANSWERS[method](params);
        }
        say({complaint: `unexpected ${method}`});
        throw createRPCError('NotImplemented');
    });
});

readline.createInterface({input: process.stdin}).on('line', async (line) => {
    const {id, action, payload} = JSON.parse(line);
    try {
        say({id, result: await station.call(action, payload, {callTimeoutMs: 20000})});
    } catch (error) {
        say({id, error: `${error.rpcErrorCode ?? error.name}: ${error.message}`});
    }
}).on('close', () => process.exit(0));

server.listen(0, '127.0.0.1').then((http) => say({port: http.address().port}));
