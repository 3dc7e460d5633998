// A link may carry the token behind the '#', which browsers keep to themselves.
// It is taken out of the address at once.
const token = document.getElementById("token");
const given = decodeURIComponent(location.hash.slice(1));
if (given) {
  history.replaceState(null, "", location.pathname + location.search);
  token.value = given;
  document.getElementById("who").focus();
} else {
  token.focus();
}
