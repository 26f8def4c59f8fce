// The first page: sign in, find a limit, see its tree and its movements, live.
'use strict';

const texts = {
  en: {
    tagline: 'credit limits', signOut: 'Sign out', signInTitle: 'Sign in',
    signInHelp: 'with a token that an administrator made for you. It stays in this tab.',
    token: 'Token', signIn: 'Sign in', search: 'Search', searchHint: 'Limit or holder',
    results: 'Limits found', more: 'Show more', emptyTitle: 'Choose a limit',
    emptyHelp: 'Type a part of its id or of its holder. Arrow keys move, Enter opens.',
    used: 'Used', usedPart: 'Used', reserved: 'Reserved', frozen: 'Frozen', over: 'Over',
    cap: 'Cap', effectiveCap: 'Cap with raise', available: 'Room', tree: 'Limit tree',
    limit: 'Limit', utilisation: 'Utilisation', movements: 'Movements', time: 'Time',
    what: 'What', record: 'Drawing', amount: 'Amount', actor: 'By', reason: 'Reason',
    noMovements: 'Nothing has moved on this limit yet.', live: 'live', offline: 'reconnecting',
    nothing: 'No limit matches.', noLimits: 'There are no limits yet.', found: n => `${n} limits`,
    foundOne: '1 limit', searching: 'Searching…',
    overText: a => `Over by ${a}: nothing more goes through here until there is room again.`,
    overSoft: a => `Over by ${a}: this limit warns and lets through.`,
    refused: 'This token is not accepted.', unreachable: 'The server cannot be reached.',
    failed: d => `That did not work: ${d}`, repeated: 'see above', parents: 'under',
    nominal: 'nominal', exposure: 'exposure', weighted: 'risk weighted',
    hard: 'hard', soft: 'soft', off: 'counts only', pending: 'pending', active: 'active',
    frozenStatus: 'frozen', closed: 'closed', revolving: 'revolving', oneWay: 'not revolving',
    until: d => `until ${d}`, reader: 'reader', operator: 'operator',
    administrator: 'administrator',
    ops: {
      'limit.open': 'Limit opened', 'limit.adjust': 'Limit adjusted', 'limit.raise': 'Raised',
      'limit.activate': 'Activated', 'limit.freeze': 'Frozen', 'limit.unfreeze': 'Unfrozen',
      'limit.move': 'Moved', 'limit.close': 'Closed', unlock: 'Unlock granted',
      reserve: 'Reserved', confirm: 'Confirmed', cancel: 'Cancelled', draw: 'Drawn',
      repay: 'Repaid', restate: 'Restated', expire: 'Expired', 'rate.set': 'Rate set',
      'day.open': 'Day opened',
    },
  },
  zh: {
    tagline: '统一授信额度', signOut: '退出', signInTitle: '登录',
    signInHelp: '请使用管理员为您创建的访问令牌。令牌仅保存在本标签页。',
    token: '访问令牌', signIn: '登录', search: '查询', searchHint: '额度或客户',
    results: '查询结果', more: '显示更多', emptyTitle: '请选择额度',
    emptyHelp: '输入额度编号或客户编号的一部分；方向键移动，回车打开。',
    used: '已用', usedPart: '已用', reserved: '预占', frozen: '冻结', over: '超限',
    cap: '授信总额', effectiveCap: '有效额度', available: '可用', tree: '额度树',
    limit: '额度', utilisation: '使用情况', movements: '额度流水', time: '时间',
    what: '事项', record: '业务编号', amount: '金额', actor: '经办', reason: '原因',
    noMovements: '该额度尚无流水。', live: '实时', offline: '重新连接中',
    nothing: '没有匹配的额度。', noLimits: '尚未建立额度。', found: n => `${n} 个额度`,
    foundOne: '1 个额度', searching: '查询中…',
    overText: a => `已超限 ${a}：恢复可用金额前，此处不再放行。`,
    overSoft: a => `已超限 ${a}：该额度仅提示，不拦截。`,
    refused: '令牌未被接受。', unreachable: '无法连接服务器。',
    failed: d => `操作未成功：${d}`, repeated: '见上', parents: '上级',
    nominal: '名义金额', exposure: '敞口', weighted: '风险加权',
    hard: '刚性', soft: '柔性', off: '仅统计', pending: '待生效', active: '有效',
    frozenStatus: '已冻结', closed: '已关闭', revolving: '循环', oneWay: '非循环',
    until: d => `至 ${d}`, reader: '只读', operator: '操作', administrator: '管理员',
    ops: {
      'limit.open': '设立额度', 'limit.adjust': '调整额度', 'limit.raise': '临时额度',
      'limit.activate': '生效', 'limit.freeze': '冻结', 'limit.unfreeze': '解冻',
      'limit.move': '移动', 'limit.close': '关闭', unlock: '定向解锁', reserve: '预占',
      confirm: '确认用信', cancel: '撤销预占', draw: '用信', repay: '还款', restate: '余额重述',
      expire: '预占到期', 'rate.set': '设定汇率', 'day.open': '开启会计日',
    },
  },
};

const $ = id => document.getElementById(id);
const state = {
  language: localStorage.getItem('headroom.language')
    || (navigator.language.startsWith('zh') ? 'zh' : 'en'),
  token: sessionStorage.getItem('headroom.token'),
  me: null,
  search: { query: null, limits: [], next: null, chosen: -1 },
  open: null,            // id of the limit shown
  tree: [], treeNext: null, treePages: 1,
  movements: [], movementsNext: null,
  lastEvent: 0,
  stream: null,
};
const t = key => texts[state.language][key];

/* ---- elements ---- */

function element(name, properties, ...children) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

// "1250000.50" becomes "1,250,000.50"; digits never pass through a number.
function grouped(amount) {
  const [whole, decimals] = amount.split('.');
  const digits = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return decimals === undefined ? digits : `${digits}.${decimals}`;
}

const minor = amount => BigInt(amount.replace('.', ''));

// Parts of a bar in hundredths of a percent of the larger of limit and what is committed.
function parts(limit) {
  const cap = minor(limit.effective_cap);
  const used = minor(limit.used);
  const reserved = minor(limit.reserved);
  const frozen = minor(limit.frozen);
  const over = used + reserved > cap ? used + reserved - cap : 0n;
  const whole = [cap, used + reserved + (over > 0n ? 0n : frozen), 1n]
    .reduce((a, b) => (a > b ? a : b));
  const share = value => Number(value * 10000n / whole) / 100;
  const usedIn = used < cap ? used : cap;
  const reservedIn = over > 0n ? (cap > usedIn ? cap - usedIn : 0n) : reserved;
  return [['used', share(usedIn)], ['reserved', share(reservedIn)],
    ['frozen', over > 0n ? 0 : share(frozen)], ['over', share(over)]];
}

function drawBar(bar, limit) {
  const wanted = parts(limit);
  while (bar.children.length < wanted.length) {
    bar.append(element('i'));
  }
  wanted.forEach(([name, width], index) => {
    bar.children[index].className = name;
    bar.children[index].style.width = `${width}%`;
  });
  bar.setAttribute('aria-label', `${t('used')} ${grouped(limit.used)}, ${t('reserved')} `
    + `${grouped(limit.reserved)}, ${t('cap')} ${grouped(limit.effective_cap)}`);
}

// Sets a cell's text and lets it flash when it was another before.
function setFigure(cell, text) {
  if (cell.textContent !== text) {
    const changed = cell.textContent !== '';
    cell.textContent = text;
    cell.classList.toggle('negative', text.startsWith('-'));
    if (changed) {
      cell.classList.remove('flash');
      void cell.offsetWidth;
      cell.classList.add('flash');
    }
  }
}

/* ---- the server ---- */

class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

async function ask(path, headers = {}, signal = undefined) {
  const response = await fetch(path, {
    headers: { Authorization: `Bearer ${state.token}`, 'Accept-Language': state.language,
      ...headers },
    cache: 'no-store', signal,
  });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    if (response.status === 401) {
      signOut(t('refused'));
    }
    throw new Refused(response.status, problem.detail || response.statusText);
  }
  return response;
}

const limitPath = id => `/v1/limits/${encodeURIComponent(id)}`;

/* ---- signing in ---- */

function showGate(message) {
  $('gate').hidden = false;
  $('desk').hidden = true;
  $('sign-out').hidden = true;
  $('live').hidden = true;
  $('who').textContent = '';
  $('gate-error').hidden = !message;
  $('gate-error').textContent = message || '';
  $('token').focus();
}

function signOut(message) {
  sessionStorage.removeItem('headroom.token');
  state.token = null;
  state.me = null;
  if (state.stream) {
    state.stream.abort();
    state.stream = null;
  }
  showGate(message);
}

async function signIn() {
  try {
    const response = await ask('/v1/me');
    state.me = await response.json();
    const day = await ask('/v1/day');
    state.lastEvent = Number(day.headers.get('Headroom-Event'));
  } catch (error) {
    if (!(error instanceof Refused)) {
      showGate(t('unreachable'));
    } else if (error.status !== 401) {
      showGate(t('failed')(error.message));
    }
    return;
  }
  sessionStorage.setItem('headroom.token', state.token);
  $('gate').hidden = true;
  $('desk').hidden = false;
  $('sign-out').hidden = false;
  $('live').hidden = false;
  drawWho();
  follow();
  await search('');
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (wanted) {
    await openLimit(wanted);
  }
  $('query').focus();
}

function drawWho() {
  $('who').textContent = state.me ? `${state.me.name} · ${t(state.me.role)}` : '';
}

/* ---- search ---- */

async function search(query) {
  const list = state.search;
  Object.assign(list, { query, limits: [], next: null, chosen: -1 });
  $('search-note').textContent = t('searching');
  await searchMore();
}

// A page of a match may be empty though there is more: goes on until something is found.
async function searchMore() {
  const list = state.search;
  const { query } = list;
  try {
    do {
      const parameters = new URLSearchParams({ limit: '50' });
      if (query) {
        parameters.set('match', query);
      }
      if (list.next) {
        parameters.set('cursor', list.next);
      }
      const page = await (await ask(`/v1/limits?${parameters}`)).json();
      if (query !== list.query) {
        return;
      }
      list.limits.push(...page.limits);
      list.next = page.next;
    } while (list.limits.length === 0 && list.next);
    drawResults();
  } catch (error) {
    if (query === list.query && state.token) {
      $('search-note').textContent = error instanceof Refused ? t('failed')(error.message)
        : t('unreachable');
    }
  }
}

function drawResults() {
  const list = state.search;
  const count = list.limits.length;
  $('search-note').textContent = count === 0 ? (list.query ? t('nothing') : t('noLimits'))
    : count === 1 && !list.next ? t('foundOne') : t('found')(`${count}${list.next ? '+' : ''}`);
  $('results').replaceChildren(...list.limits.map((limit, index) => {
    const bar = element('div', { className: 'bar' });
    drawBar(bar, limit);
    const row = element('li', { role: 'option', id: `result-${index}` },
      element('div', { className: 'id', textContent: limit.id }),
      element('div', { className: 'what',
        textContent: [limit.holder, limit.kind, limit.currency].filter(Boolean).join(' · ') }),
      bar);
    row.setAttribute('aria-selected', String(limit.id === state.open || index === list.chosen));
    row.addEventListener('click', () => openLimit(limit.id));
    return row;
  }));
  $('results-more').hidden = !list.next;
}

function chooseResult(step) {
  const list = state.search;
  if (list.limits.length > 0) {
    list.chosen = Math.min(Math.max(list.chosen + step, 0), list.limits.length - 1);
    drawResults();
    $(`result-${list.chosen}`).scrollIntoView({ block: 'nearest' });
  }
}

/* ---- one limit ---- */

async function openLimit(id) {
  Object.assign(state, { open: id, tree: [], treeNext: null, treePages: 1, movements: [] });
  history.replaceState(null, '', `#${encodeURIComponent(id)}`);
  $('tree').tBodies[0].replaceChildren();
  $('figures').replaceChildren();
  drawResults();
  await refresh();
}

async function loadTree(id) {
  const limits = [];
  let next = null;
  for (let page = 0; page < state.treePages; page++) {
    const cursor = next ? `&cursor=${encodeURIComponent(next)}` : '';
    const answer = await (await ask(`${limitPath(id)}/tree?limit=200${cursor}`)).json();
    limits.push(...answer.limits);
    next = answer.next;
    if (!next) {
      break;
    }
  }
  return { limits, next };
}

async function loadMovements(id, cursor) {
  const rows = [];
  let next = cursor;
  do {
    const from = next ? `&cursor=${next}` : '';
    const answer = await (await ask(`${limitPath(id)}/movements?limit=50${from}`)).json();
    rows.push(...answer.movements);
    next = answer.next;
  } while (rows.length === 0 && next);
  return { rows, next };
}

async function refresh() {
  const id = state.open;
  if (!id || !state.token) {
    return;
  }
  try {
    const [tree, movements] = await Promise.all([loadTree(id), loadMovements(id, null)]);
    if (id !== state.open) {
      return;
    }
    Object.assign(state, { tree: tree.limits, treeNext: tree.next });
    // Rows that were asked for with "show more" stay below the newest ones.
    const oldest = movements.rows.length ? movements.rows[movements.rows.length - 1].number : 0;
    const older = state.movements.filter(row => row.number < oldest);
    state.movements = movements.rows.concat(older);
    state.movementsNext = older.length ? state.movementsNext : movements.next;
    $('empty').hidden = true;
    $('limit').hidden = false;
    drawLimit();
  } catch (error) {
    if (state.token && id === state.open) {
      $('limit').hidden = true;
      $('empty').hidden = false;
      $('empty').firstElementChild.textContent = error instanceof Refused ? error.message
        : t('unreachable');
    }
  }
}

function tag(text, kind = '') {
  return element('span', { className: `tag ${kind}`, textContent: text });
}

function drawTitle(limit) {
  $('limit-id').textContent = limit.id;
  const status = limit.status === 'frozen' ? t('frozenStatus') : t(limit.status);
  $('limit-tags').replaceChildren(
    tag(status, limit.status === 'active' ? 'good' : 'bad'), tag(t(limit.mode)),
    tag(t(limit.measure)), tag(limit.revolving ? t('revolving') : t('oneWay')),
    ...(limit.until ? [tag(t('until')(limit.until))] : []));
  const parents = limit.parents.length ? `${t('parents')} ${limit.parents.join(', ')}` : '';
  $('limit-sub').textContent = [limit.holder, limit.kind, parents].filter(Boolean).join(' · ');
  $('alert').hidden = !limit.over;
  if (limit.over) {
    const by = (minor(limit.committed) - minor(limit.effective_cap)).toString();
    const decimals = (limit.committed.split('.')[1] || '').length;
    const padded = by.padStart(decimals + 1, '0');
    const text = decimals ? `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}` : padded;
    $('alert').textContent = t(limit.mode === 'hard' ? 'overText' : 'overSoft')(
      `${grouped(text)} ${limit.currency}`);
  }
}

function drawFigures(limit) {
  const rows = [[limit.raise ? 'effectiveCap' : 'cap', limit.effective_cap],
    ['used', limit.used], ['reserved', limit.reserved], ['frozen', limit.frozen],
    ['available', limit.available]].filter(([key, value]) => key !== 'frozen' || minor(value) > 0n);
  const list = $('figures');
  while (list.children.length > rows.length) {
    list.lastElementChild.remove();
  }
  rows.forEach(([key, value], index) => {
    if (!list.children[index]) {
      list.append(element('div', {}, element('dt'), element('dd')));
    }
    const [name, figure] = list.children[index].children;
    name.textContent = key === 'cap' || key === 'effectiveCap' ? `${t(key)} (${limit.currency})`
      : t(key);
    figure.dataset.figure = key;
    setFigure(figure, grouped(value));
  });
}

// Draws the rows of the tree; a row that stays keeps its element, so that only figures change.
function drawTree() {
  const body = $('tree').tBodies[0];
  const old = new Map([...body.rows].map(row => [row.dataset.key, row]));
  const rows = state.tree.map((node, index) => {
    const { limit } = node;
    const key = `${index}/${limit.id}/${node.depth}`;
    const row = old.get(key) || treeRow(key, limit);
    const [name, cap, bar, used, reserved, available] = row.cells;
    name.firstElementChild.style.paddingLeft = `${node.depth * 18}px`;
    const holder = index > 0 && limit.holder === state.tree[0].limit.holder ? '' : limit.holder;
    name.firstElementChild.replaceChildren(limit.id, element('small', {
      textContent: node.repeated ? t('repeated') : [limit.kind, holder].filter(Boolean)
        .join(' · ') }));
    row.classList.toggle('here', limit.id === state.open);
    setFigure(cap, `${grouped(limit.effective_cap)} ${limit.currency}`);
    drawBar(bar.firstElementChild, limit);
    setFigure(used, grouped(limit.used));
    setFigure(reserved, grouped(limit.reserved));
    setFigure(available, grouped(limit.available));
    return row;
  });
  if (rows.length !== body.rows.length || rows.some((row, index) => row !== body.rows[index])) {
    body.replaceChildren(...rows);
  }
  $('tree-more').hidden = !state.treeNext;
}

function treeRow(key, limit) {
  const figure = name => {
    const cell = element('td', { className: 'num' });
    cell.dataset.figure = name;
    return cell;
  };
  const row = element('tr', { tabIndex: 0 },
    element('td', { className: 'name' }, element('span')), figure('cap'),
    element('td', { className: 'wide-cell' }, element('div', { className: 'bar' })),
    figure('used'), figure('reserved'), figure('available'));
  row.dataset.key = key;
  row.dataset.limit = limit.id;
  row.addEventListener('click', () => openLimit(limit.id));
  row.addEventListener('keydown', event => {
    if (event.key === 'Enter') {
      openLimit(limit.id);
    } else if (event.key === 'ArrowDown' && row.nextElementSibling) {
      row.nextElementSibling.focus();
      event.preventDefault();
    } else if (event.key === 'ArrowUp' && row.previousElementSibling) {
      row.previousElementSibling.focus();
      event.preventDefault();
    }
  });
  return row;
}

function localTime(text) {
  const pad = number => String(number).padStart(2, '0');
  const at = new Date(text);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} `
    + `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

function drawMovements() {
  const body = $('movements').tBodies[0];
  const had = new Set([...body.rows].map(row => Number(row.dataset.number)));
  const fresh = had.size > 0;
  body.replaceChildren(...state.movements.map(event => {
    const row = element('tr', {},
      element('td', { className: 'time', textContent: localTime(event.at), title: event.at }),
      element('td', { textContent: t('ops')[event.op] || event.op }),
      element('td', { textContent: event.limit || '' }),
      element('td', { textContent: event.record || '' }),
      element('td', { className: 'num',
        textContent: event.amount ? `${grouped(event.amount)} ${event.currency}` : '' }),
      element('td', { textContent: event.actor || '' }),
      element('td', { textContent: event.reason || '' }));
    row.dataset.number = event.number;
    row.classList.toggle('flash', fresh && !had.has(event.number));
    return row;
  }));
  $('movements-empty').hidden = state.movements.length > 0;
  $('movements-more').hidden = !state.movementsNext;
}

function drawLimit() {
  if (!state.tree.length) {
    return;
  }
  const { limit } = state.tree[0];
  drawTitle(limit);
  drawFigures(limit);
  drawBar($('limit-bar'), limit);
  drawTree();
  drawMovements();
}

/* ---- live ---- */

let refreshTimer = null;

// Many events in one moment cause one reading.
function refreshSoon() {
  refreshTimer = refreshTimer || setTimeout(() => {
    refreshTimer = null;
    refresh();
  }, 120);
}

function setLive(on) {
  $('live').classList.toggle('off', !on);
  $('live-text').textContent = on ? t('live') : t('offline');
}

// Reads one answer of the event stream; each event is "id: N\ndata: {...}\n\n".
async function readStream(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    text += value;
    const frames = text.split('\n\n');
    text = frames.pop();
    for (const frame of frames) {
      const id = /^id: (\d+)$/m.exec(frame);
      if (id) {
        state.lastEvent = Number(id[1]);
        refreshSoon();
      }
    }
  }
}

async function follow() {
  const stream = new AbortController();
  let wait = 500;
  state.stream = stream;
  while (state.stream === stream) {
    try {
      const response = await ask('/v1/events', { Accept: 'text/event-stream',
        'Last-Event-ID': String(state.lastEvent) }, stream.signal);
      setLive(true);
      wait = 500;
      await readStream(response);
    } catch (error) {
      if (stream.signal.aborted) {
        return;
      }
    }
    setLive(false);
    await new Promise(resolve => { setTimeout(resolve, wait); });
    wait = Math.min(wait * 2, 10000);
  }
}

/* ---- language, keys, start ---- */

function drawTexts() {
  document.documentElement.lang = state.language === 'zh' ? 'zh-CN' : 'en';
  for (const place of document.querySelectorAll('[data-text]')) {
    place.textContent = t(place.dataset.text);
  }
  for (const place of document.querySelectorAll('[data-placeholder]')) {
    place.placeholder = t(place.dataset.placeholder);
  }
  for (const place of document.querySelectorAll('[data-label]')) {
    place.setAttribute('aria-label', t(place.dataset.label));
  }
  $('language').textContent = state.language === 'zh' ? 'English' : '中文';
  setLive(!$('live').classList.contains('off'));
  drawWho();
  if (state.me) {
    drawResults();
    drawLimit();
  }
}

function start() {
  drawTexts();
  $('language').addEventListener('click', () => {
    state.language = state.language === 'zh' ? 'en' : 'zh';
    localStorage.setItem('headroom.language', state.language);
    drawTexts();
  });
  $('sign-in').addEventListener('submit', event => {
    event.preventDefault();
    state.token = $('token').value.trim();
    $('token').value = '';
    signIn();
  });
  $('sign-out').addEventListener('click', () => signOut());
  let typing = null;
  $('query').addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => search($('query').value.trim()), 150);
  });
  $('search').addEventListener('submit', event => {
    event.preventDefault();
    const list = state.search;
    const exact = list.limits.find(limit => limit.id === $('query').value.trim());
    const chosen = exact || list.limits[Math.max(list.chosen, 0)];
    if (chosen) {
      openLimit(chosen.id);
    }
  });
  $('query').addEventListener('keydown', event => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      chooseResult(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Escape') {
      $('query').value = '';
      search('');
    }
  });
  document.addEventListener('keydown', event => {
    if (event.key === '/' && !(event.target instanceof HTMLInputElement) && state.me) {
      event.preventDefault();
      $('query').focus();
      $('query').select();
    }
  });
  $('results-more').addEventListener('click', searchMore);
  $('tree-more').addEventListener('click', () => {
    state.treePages += 1;
    refresh();
  });
  $('movements-more').addEventListener('click', async () => {
    const id = state.open;
    const more = await loadMovements(id, state.movementsNext);
    if (id === state.open) {
      state.movements = state.movements.concat(more.rows);
      state.movementsNext = more.next;
      drawMovements();
    }
  });
  if (state.token) {
    signIn();
  } else {
    showGate('');
  }
}

start();
