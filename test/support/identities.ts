import { parseTicker, type Ticker } from "#protocol/quote.ts";

/** Tickers in the formats of public feeds: options, exchanges, crypto, indices, currencies, share classes. */
export const TICKERS = [
  "AAPL240621C00190000",
  "NIFTY_FIN_SERVICE.NS",
  "BTC-29MAR24-60000-C",
  "BF/B",
  "NASDAQ:AAPL",
  "BTC/USDT",
  "M&M.NS",
  "^GSPC",
  "EURUSD=X",
  "JPY=",
  ".SPX",
  "BRK.B",
  "7203.T",
].map((text) => parseTicker(text) as Ticker);

/** User ids in the formats of public issuers, and pairs that collide under a wrong encoding. */
export const USER_IDS = [
  "auth0|6621a1c0de",
  "google-oauth2|103547991597142817347",
  "ann+feed@example.com",
  "aBcDeF123456@clients",
  "a/b",
  "8f1c2d3e-4b5a-4c6d-8e7f-90a1b2c3d4e5",
  "us-east-1:8f1c2d3e-4b5a-4c6d-8e7f-90a1b2c3d4e5",
  "a|b",
  "a%7Cb",
  "a%b",
  "user:x|ticker:AAPL",
  "CORP\\ann",
  "x'\"`;$(id)<b>",
  "..",
  "user003",
];
